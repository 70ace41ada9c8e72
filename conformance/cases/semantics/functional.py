"""Functional: Jacobians, Hessians and products with them.

`torch.autograd.functional` takes a function and the point at which its derivative is wanted. It
differentiates with respect to copies, so the inputs need not require grad and keep their `.grad`.
"""


def jacobian_of_a_function_at_a_point(torch):
    f = lambda x: torch.stack([x[0] * x[1], x[1] * x[1], x[0]])
    matrix = torch.autograd.functional.jacobian(f, torch.tensor([2.0, 3.0]))


def several_inputs_give_a_tuple_of_jacobians(torch):
    f = lambda x, y: x * y
    inputs = (torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    of_x, of_y = torch.autograd.functional.jacobian(f, inputs)


def several_outputs_give_a_tuple_for_each(torch):
    f = lambda x, y: (x * y, x.sum())
    inputs = (torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    blocks = torch.autograd.functional.jacobian(f, inputs)


def a_tuple_of_one_input_gives_a_tuple_of_one_jacobian(torch):
    found = torch.autograd.functional.jacobian(lambda x: x * x, (torch.tensor([1.0, 2.0]),))


def inputs_of_functional_stay_as_they_were(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    matrix = torch.autograd.functional.jacobian(lambda x: x * x, x)
    y = torch.tensor([1.0, 2.0])
    other = torch.autograd.functional.jacobian(lambda y: y * y * y, y)


def with_create_graph_a_jacobian_is_part_of_the_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    def trace(x):
        f = lambda x: x * x * x
        return torch.autograd.functional.jacobian(f, x, create_graph=True).trace()

    (slope,) = torch.autograd.grad(trace(x), x)


def what_a_result_does_not_depend_on_gives_zeros(torch):
    f = lambda x, y: x * 2
    inputs = (torch.ones(2), torch.ones(3))
    of_x, of_y = torch.autograd.functional.jacobian(f, inputs)


def jacobian_is_strict_on_request(torch):
    inputs = (torch.ones(2), torch.ones(3))
    torch.autograd.functional.jacobian(lambda x, y: x * 2, inputs, strict=True)


def with_strict_outputs_depend_on_something(torch):
    c = torch.ones(2)
    torch.autograd.functional.jacobian(lambda x: c, torch.ones(2), strict=True)


def with_strict_and_create_graph_the_jacobian_is_no_constant(torch):
    x = torch.ones(2)
    torch.autograd.functional.jacobian(lambda x: x * 2, x, create_graph=True, strict=True)


def jacobian_works_for_all_rows_at_once(torch):
    f = lambda x: torch.stack([x[0] * x[1], x[1] * x[1], x[0]])
    matrix = torch.autograd.functional.jacobian(f, torch.tensor([2.0, 3.0]), vectorize=True)


def jacobian_works_in_forward_mode_as_well(torch):
    f = lambda x: torch.stack([x[0] * x[1], x[1] * x[1], x[0]])
    matrix = torch.autograd.functional.jacobian(
        f, torch.tensor([2.0, 3.0]), vectorize=True, strategy="forward-mode"
    )


def jacobian_in_forward_mode_works_for_all_columns_at_once_only(torch):
    torch.autograd.functional.jacobian(torch.neg, torch.ones(2), strategy="forward-mode")


def jacobian_in_forward_mode_has_no_graph(torch):
    forward = {"vectorize": True, "strategy": "forward-mode"}
    torch.autograd.functional.jacobian(torch.neg, torch.ones(2), create_graph=True, **forward)


def jacobian_in_forward_mode_is_not_strict(torch):
    forward = {"vectorize": True, "strategy": "forward-mode"}
    torch.autograd.functional.jacobian(torch.neg, torch.ones(2), strict=True, **forward)


def strict_works_row_by_row_only(torch):
    torch.autograd.functional.jacobian(torch.neg, torch.ones(2), strict=True, vectorize=True)


def there_are_two_strategies(torch):
    torch.autograd.functional.jacobian(torch.neg, torch.ones(2), strategy="sideways")


def hessian_of_a_function_at_a_point(torch):
    f = lambda x: x[0] * x[0] * x[1]
    matrix = torch.autograd.functional.hessian(f, torch.tensor([1.0, 2.0]))


def hessian_in_several_inputs_has_blocks(torch):
    f = lambda x, y: (x * y * y).sum()
    blocks = torch.autograd.functional.hessian(f, (torch.ones(2), torch.tensor([2.0, 3.0])))


def hessian_works_forward_over_reverse_as_well(torch):
    f = lambda x: x[0] * x[0] * x[1]
    matrix = torch.autograd.functional.hessian(
        f, torch.tensor([1.0, 2.0]), vectorize=True, outer_jacobian_strategy="forward-mode"
    ).detach()


def hessian_is_of_functions_with_one_number_as_result(torch):
    torch.autograd.functional.hessian(lambda x: x * x, torch.ones(2))


def hessian_is_of_functions_with_one_tensor_as_result(torch):
    torch.autograd.functional.hessian(lambda x: (x.sum(),), torch.ones(2))


def hessian_is_strict_on_request(torch):
    torch.autograd.functional.hessian(lambda x: 2 * x.sum(), torch.ones(2), strict=True)


def hessian_knows_two_strategies(torch):
    f = lambda x: x.sum()
    torch.autograd.functional.hessian(f, torch.ones(2), outer_jacobian_strategy="sideways")


def vjp_multiplies_the_jacobian_from_the_left(torch):
    f = lambda x: torch.stack([x[0] * x[1], x[1] * x[1], x[0]])
    v = torch.tensor([1.0, 10.0, 100.0])
    value, product = torch.autograd.functional.vjp(f, torch.tensor([2.0, 3.0]), v)


def jvp_multiplies_the_jacobian_from_the_right(torch):
    f = lambda x: torch.stack([x[0] * x[1], x[1] * x[1], x[0]])
    v = torch.tensor([1.0, 10.0])
    value, product = torch.autograd.functional.jvp(f, torch.tensor([2.0, 3.0]), v)


def products_with_the_hessian_agree_from_either_side(torch):
    f = lambda x: x[0] * x[0] * x[1]
    x, v = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0])
    value, left = torch.autograd.functional.vhp(f, x, v)
    value, right = torch.autograd.functional.hvp(f, x, v)


def a_single_number_needs_no_vector(torch):
    x = torch.tensor(3.0)
    value, slope = torch.autograd.functional.vjp(lambda x: x * x, x)
    value, moved = torch.autograd.functional.jvp(lambda x: x * x, x)
    value, bend = torch.autograd.functional.hvp(lambda x: x * x, x)


def products_in_several_inputs_and_outputs(torch):
    f = lambda x, y: (x * y, x + y)
    inputs = (torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    v = (torch.tensor([1.0, 10.0]), torch.tensor([2.0, 20.0]))
    pulled = torch.autograd.functional.vjp(f, inputs, v)
    moved = torch.autograd.functional.jvp(f, inputs, v)


def with_create_graph_products_are_part_of_the_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([1.0, 10.0], requires_grad=True)
    value, product = torch.autograd.functional.vjp(lambda x: x * x, x, v, create_graph=True)
    product.sum().backward()


def without_create_graph_nothing_of_functional_has_a_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    value, product = torch.autograd.functional.vjp(lambda x: x * x, x, torch.ones(2))


def functional_records_under_no_grad_what_it_needs(torch):
    with torch.no_grad():
        matrix = torch.autograd.functional.jacobian(lambda x: x * x, torch.tensor([1.0, 2.0]))
        value, product = torch.autograd.functional.jvp(torch.neg, torch.ones(2), torch.ones(2))


def vjp_needs_a_vector_for_several_numbers(torch):
    torch.autograd.functional.vjp(torch.neg, torch.ones(2))


def jvp_needs_a_vector_for_several_numbers(torch):
    torch.autograd.functional.jvp(torch.neg, torch.ones(2))


def the_vector_is_one_tensor_for_one_output(torch):
    torch.autograd.functional.vjp(torch.neg, torch.ones(2), (torch.ones(2), torch.ones(2)))


def the_vector_has_as_many_tensors_as_there_are_inputs(torch):
    inputs = (torch.ones(2), torch.ones(2))
    torch.autograd.functional.jvp(torch.mul, inputs, (torch.ones(2),))


def the_vector_has_the_shape_of_the_output(torch):
    torch.autograd.functional.vjp(torch.neg, torch.ones(2), torch.ones(3))


def each_tensor_of_the_vector_has_the_shape_of_its_input(torch):
    inputs = (torch.ones(2), torch.ones(2))
    torch.autograd.functional.jvp(torch.mul, inputs, (torch.ones(2), torch.ones(3)))


def the_vector_is_a_tensor(torch):
    torch.autograd.functional.vjp(torch.neg, torch.ones(2), 1.0)


def inputs_of_functional_are_tensors(torch):
    torch.autograd.functional.vjp(torch.neg, 1.0)


def every_input_of_functional_is_a_tensor(torch):
    torch.autograd.functional.jvp(torch.mul, (torch.ones(2), 1.0))


def a_list_is_no_tuple_of_inputs(torch):
    torch.autograd.functional.jacobian(torch.neg, [torch.ones(2)])


def outputs_for_functional_are_tensors(torch):
    torch.autograd.functional.vjp(lambda x: 1.0, torch.ones(2), torch.ones(2))


def vhp_is_of_functions_with_one_number_as_result(torch):
    torch.autograd.functional.vhp(torch.neg, torch.ones(2), torch.ones(2))


def hvp_is_of_functions_with_one_tensor_as_result(torch):
    torch.autograd.functional.hvp(lambda x: (x.sum(),), torch.ones(2), torch.ones(2))


def vjp_is_strict_on_request(torch):
    inputs, v = (torch.ones(2), torch.ones(2)), torch.ones(2)
    torch.autograd.functional.vjp(lambda x, y: x * 2, inputs, v, strict=True)


def jvp_is_strict_on_request(torch):
    x = torch.ones(2)
    torch.autograd.functional.jvp(lambda x: x.detach(), x, x, strict=True)


def vhp_is_strict_on_request(torch):
    x = torch.ones(2)
    torch.autograd.functional.vhp(lambda x: x.sum(), x, x, strict=True)


def hvp_is_strict_on_request(torch):
    inputs = (torch.ones(2), torch.ones(2))
    torch.autograd.functional.hvp(lambda x, y: (x * x).sum(), inputs, inputs, strict=True)
