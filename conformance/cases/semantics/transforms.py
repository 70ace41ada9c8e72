"""Transforms: functions made into their derivatives.

`torch.func` takes functions and returns functions. What it differentiates with respect to is
known to nobody else, so transforms nest in any order; `vmap` makes a function of one sample into a
function of a batch.
"""


def grad_makes_a_function_into_its_gradient(torch):
    slope = torch.func.grad(lambda x: x**3)
    y = slope(torch.tensor(2.0))


def gradients_of_gradients_are_nested_calls(torch):
    grad = torch.func.grad
    x = torch.tensor(2.0)
    values = [f(x).item() for f in (grad(lambda x: x**3), grad(grad(lambda x: x**3)))]


def the_argument_of_a_transform_stays_as_it_was(torch):
    x = torch.tensor([1.0, 2.0])
    slope = torch.func.grad(lambda x: (x * x).sum())(x)
    same = x.requires_grad, x.grad


def within_grad_the_argument_is_a_leaf_that_requires_grad(torch):
    seen = []

    def f(x):
        seen.append((x.requires_grad, x.is_leaf, x.grad_fn))
        return x.sum()

    slope = torch.func.grad(f)(torch.ones(2))


def an_inner_derivative_is_not_taken_for_an_outer_one(torch):
    """d/dx of x * (d/dy of (x + y) at y = 1) is 1, not 2."""
    grad = torch.func.grad
    answer = grad(lambda x: x * grad(lambda y: x + y)(torch.tensor(1.0)))(torch.tensor(1.0))


def an_inner_direction_is_not_taken_for_an_outer_one(torch):
    one = torch.tensor(1.0)

    def derivative(f, at):
        return torch.func.jvp(f, (at,), (one,))[1]

    answer = derivative(lambda x: x * derivative(lambda y: x + y, one), one)


def forward_and_reverse_mode_nest_in_either_order(torch):
    x, one = torch.tensor(2.0), torch.tensor(1.0)
    cube = lambda x: x**3
    forward_over_reverse = torch.func.jvp(torch.func.grad(cube), (x,), (one,))[1]
    reverse_over_forward = torch.func.grad(lambda x: torch.func.jvp(cube, (x,), (one,))[1])(x)
    forward_over_forward = torch.func.jvp(
        lambda x: torch.func.jvp(cube, (x,), (one,))[1], (x,), (one,)
    )[1]


def argnums_says_which_arguments(torch):
    f = lambda x, y: (x * y * y).sum()
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    of_second = torch.func.grad(f, argnums=1)(x, y)
    of_both = torch.func.grad(f, argnums=(0, 1))(x, y)
    of_last = torch.func.grad(f, argnums=-1)(x, y)


def arguments_by_name_are_passed_on(torch):
    slope = torch.func.grad(lambda x, power=2: x**power)(torch.tensor(2.0), power=3)


def an_argument_may_be_a_container_of_tensors(torch):
    f = lambda p: (p["w"] * p["b"][0]).sum()
    slopes = torch.func.grad(f)({"w": torch.tensor([1.0, 2.0]), "b": [torch.tensor([3.0, 4.0])]})


def an_argument_that_does_not_matter_has_a_gradient_of_zeros(torch):
    slopes = torch.func.grad(lambda x, y: x.sum(), argnums=(0, 1))(torch.ones(2), torch.ones(3))


def grad_and_value_gives_both(torch):
    slope, value = torch.func.grad_and_value(lambda x: (x * x).sum())(torch.tensor([1.0, 2.0]))


def has_aux_passes_something_through(torch):
    slope, aux = torch.func.grad(lambda x: ((x * x).sum(), x * 10), has_aux=True)(torch.ones(2))


def grad_and_value_with_has_aux_nests_the_results(torch):
    f = torch.func.grad_and_value(lambda x: ((x * x).sum(), x * 10), has_aux=True)
    slope, (value, aux) = f(torch.tensor([1.0, 2.0]))


def no_grad_outside_of_a_transform_does_not_matter_to_it(torch):
    with torch.no_grad():
        slope = torch.func.grad(lambda x: (x * x).sum())(torch.tensor([1.0, 2.0]))


def no_grad_within_a_transform_makes_constants(torch):
    def f(x):
        with torch.no_grad():
            constant = x * x
        return (constant * x).sum()

    slope = torch.func.grad(f)(torch.tensor([1.0, 2.0]))


def detach_makes_a_constant_within_a_transform(torch):
    slope = torch.func.grad(lambda x: (x.detach() * x).sum())(torch.tensor([1.0, 2.0]))


def a_gradient_of_what_requires_grad_has_a_graph(torch):
    """The graph of a recorded backward pass, without what the transform has added to it."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    slope = torch.func.grad(lambda x: (x * x * x).sum())(x)
    slope.sum().backward()


def what_a_function_closes_over_is_part_of_the_outer_graph(torch):
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    slope = torch.func.grad(lambda x: (w * x * x).sum())(torch.tensor([1.0, 2.0]))
    slope.sum().backward()


def under_no_grad_a_gradient_has_no_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        slope = torch.func.grad(lambda x: (x * x).sum())(x)


def autograd_grad_works_within_a_transform(torch):
    def f(x):
        (slope,) = torch.autograd.grad((x * x * x).sum(), x, create_graph=True)
        return slope.sum()

    bend = torch.func.grad(f)(torch.tensor([1.0, 2.0]))


def backward_does_not_work_within_a_transform(torch):
    torch.func.grad(lambda x: x.sum().backward())(torch.ones(2))


def requires_grad_cannot_be_set_within_a_transform(torch):
    torch.func.grad(lambda x: x.requires_grad_().sum())(torch.ones(2))


def an_argument_is_not_changed_in_place_by_what_is_differentiated(torch):
    torch.func.grad(lambda x: x.add_(1).sum())(torch.ones(2))


def an_intermediate_result_may_be_changed_in_place(torch):
    def f(x):
        y = x * 2
        y.mul_(x)
        return y.sum()

    slope = torch.func.grad(f)(torch.tensor([1.0, 2.0]))


def grad_is_of_functions_with_one_number_as_result(torch):
    torch.func.grad(lambda x: x)(torch.ones(2))


def grad_is_of_functions_with_a_tensor_as_result(torch):
    torch.func.grad(lambda x: 1.0)(torch.ones(2))


def grad_is_with_respect_to_tensors(torch):
    torch.func.grad(lambda x: x)(1.0)


def grad_is_not_with_respect_to_integers(torch):
    torch.func.grad(lambda x: x.sum())(torch.tensor([1, 2]))


def there_is_no_argument_of_that_number(torch):
    torch.func.grad(lambda x: x.sum(), argnums=1)(torch.ones(2))


def argnums_are_numbers(torch):
    torch.func.grad(lambda x: x.sum(), argnums="x")(torch.ones(2))


def argnums_are_at_least_one(torch):
    torch.func.grad(lambda x: x.sum(), argnums=())(torch.ones(2))


def argnums_are_different(torch):
    torch.func.grad(lambda x: x.sum(), argnums=(0, 0))(torch.ones(2))


def has_aux_needs_a_pair(torch):
    torch.func.grad(lambda x: x.sum(), has_aux=True)(torch.ones(2))


def aux_consists_of_tensors(torch):
    torch.func.grad(lambda x: (x.sum(), 3), has_aux=True)(torch.ones(2))


def vjp_gives_the_value_and_a_function_that_pulls_back(torch):
    value, pull = torch.func.vjp(lambda x: x * x, torch.tensor([1.0, 2.0]))
    (first,) = pull(torch.tensor([1.0, 0.0]))
    (second,) = pull(torch.tensor([0.0, 1.0]))


def vjp_takes_cotangents_in_the_structure_of_the_result(torch):
    f = lambda x, y: {"sum": x + y, "product": [x * y]}
    value, pull = torch.func.vjp(f, torch.tensor(2.0), torch.tensor(3.0))
    pulled = pull({"sum": torch.tensor(1.0), "product": [torch.tensor(10.0)]})


def what_vjp_returns_may_be_differentiated_in_its_turn(torch):
    value, pull = torch.func.vjp(lambda x: (x * x * x).sum(), torch.tensor([1.0, 2.0]))
    by_weight = torch.func.grad(lambda v: pull(v)[0].sum())(torch.tensor(2.0))
    for_each = torch.vmap(pull)(torch.tensor([1.0, 10.0]))


def vjp_of_the_identity_returns_the_argument_itself(torch):
    x = torch.ones(2)
    value, pull = torch.func.vjp(lambda x: x, x)
    same = value is x


def vjp_with_has_aux_returns_three_things(torch):
    value, pull, aux = torch.func.vjp(lambda x: (x * x, x + 1), torch.ones(2), has_aux=True)


def cotangents_have_the_structure_of_the_result(torch):
    value, pull = torch.func.vjp(lambda x: (x, x), torch.ones(2))
    pull(torch.ones(2))


def cotangents_have_the_shape_of_the_result(torch):
    value, pull = torch.func.vjp(lambda x: x * 2, torch.ones(2))
    pull(torch.ones(3))


def vjp_is_of_functions_that_return_tensors(torch):
    torch.func.vjp(lambda x: 1.0, torch.ones(2))


def vjp_is_of_functions_that_return_something(torch):
    torch.func.vjp(lambda x: (), torch.ones(2))


def vjp_is_not_of_functions_that_return_integers(torch):
    torch.func.vjp(lambda x: x.long(), torch.ones(2))


def jvp_gives_the_value_and_how_it_moves(torch):
    x, t = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0])
    value, moved = torch.func.jvp(lambda x: x * x, (x,), (t,))


def jvp_moves_every_argument_at_once(torch):
    two, three, one, ten = (torch.tensor(v) for v in (2.0, 3.0, 1.0, 10.0))
    value, moved = torch.func.jvp(lambda x, y: x * y, (two, three), (one, ten))


def a_result_that_does_not_move_has_a_tangent_of_zeros(torch):
    value, moved = torch.func.jvp(lambda x: torch.ones(2), (torch.ones(3),), (torch.ones(3),))


def with_strict_a_result_has_to_move(torch):
    x = torch.ones(3)
    torch.func.jvp(lambda x: torch.ones(2), (x,), (x,), strict=True)


def jvp_with_has_aux_returns_three_things(torch):
    x = torch.tensor([1.0, 2.0])
    value, moved, aux = torch.func.jvp(lambda x: (x * x, x + 1), (x,), (x,), has_aux=True)


def jvp_takes_tuples(torch):
    torch.func.jvp(torch.neg, torch.ones(2), torch.ones(2))


def jvp_takes_as_many_tangents_as_arguments(torch):
    x = torch.ones(2)
    torch.func.jvp(torch.neg, (x,), (x, x))


def jvp_takes_at_least_one_tensor(torch):
    torch.func.jvp(torch.neg, (), ())


def jvp_takes_nothing_but_tensors(torch):
    torch.func.jvp(torch.neg, (1.0,), (1.0,))


def jvp_takes_tangents_of_the_shapes_of_the_arguments(torch):
    torch.func.jvp(torch.neg, (torch.ones(2),), (torch.ones(3),))


def jvp_does_not_nest_within_dual_level(torch):
    x = torch.ones(2)
    with torch.autograd.forward_ad.dual_level():
        torch.func.jvp(torch.neg, (x,), (x,))


def jacrev_and_jacfwd_agree(torch):
    f = lambda x: torch.stack([x[0] * x[1], x[1] * x[1], x[0]])
    x = torch.tensor([2.0, 3.0])
    by_rows = torch.func.jacrev(f)(x)
    by_columns = torch.func.jacfwd(f)(x)


def a_jacobian_has_the_shape_of_the_result_and_then_of_the_argument(torch):
    x = torch.arange(6.0).reshape(2, 3)
    shapes = [jac(lambda x: x.sum(1))(x).shape for jac in (torch.func.jacrev, torch.func.jacfwd)]
    of_a_number = torch.func.jacrev(lambda x: x.sum())(x).shape
    by_a_number = torch.func.jacfwd(lambda x: x * torch.ones(3))(torch.tensor(1.0)).shape


def jacobians_come_in_the_structure_of_results_and_then_of_arguments(torch):
    f = lambda x, y: {"product": x * y, "sum": (x.sum(),)}
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    by_rows = torch.func.jacrev(f, argnums=(1, 0))(x, y)
    by_columns = torch.func.jacfwd(f, argnums=(1, 0))(x, y)


def jacobians_of_what_does_not_depend_are_zeros(torch):
    c, x = torch.ones(2), torch.ones(3)
    by_rows = torch.func.jacrev(lambda x: c)(x)
    by_columns = torch.func.jacfwd(lambda x: c)(x)


def jacobians_with_has_aux(torch):
    f = lambda x: (x * x, x + 1)
    by_rows, first = torch.func.jacrev(f, has_aux=True)(torch.tensor([1.0, 2.0]))
    by_columns, second = torch.func.jacfwd(f, has_aux=True)(torch.tensor([1.0, 2.0]))


def jacrev_may_work_in_chunks(torch):
    x = torch.tensor([1.0, 2.0, 3.0])
    by_rows = torch.func.jacrev(lambda x: x * x, chunk_size=1)(x)
    by_pairs = torch.func.jacrev(lambda x: x * x, chunk_size=2)(x)


def a_chunk_of_jacrev_is_not_empty(torch):
    torch.func.jacrev(torch.neg, chunk_size=0)


def jacrev_is_of_real_arguments(torch):
    torch.func.jacrev(torch.neg)(torch.ones(2) * 1j)


def jacrev_is_of_real_results(torch):
    torch.func.jacrev(lambda x: x * 1j)(torch.ones(2))


def jacfwd_is_of_real_arguments(torch):
    torch.func.jacfwd(torch.neg)(torch.ones(2) * 1j)


def a_hessian_is_jacfwd_of_jacrev(torch):
    f = lambda x: x[0] * x[0] * x[1]
    x = torch.tensor([1.0, 2.0])
    bends = torch.func.hessian(f)(x)
    by_hand = torch.func.jacfwd(torch.func.jacrev(f))(x)


def all_four_orders_of_second_jacobians_agree(torch):
    f = lambda x: x[0] * x[0] * x[1]
    jacrev, jacfwd = torch.func.jacrev, torch.func.jacfwd
    x = torch.tensor([1.0, 2.0])
    bends = [a(b(f))(x) for a in (jacrev, jacfwd) for b in (jacrev, jacfwd)]


def a_hessian_in_several_arguments_has_blocks(torch):
    f = lambda x, y: (x * y * y).sum()
    blocks = torch.func.hessian(f, argnums=(0, 1))(torch.ones(2), torch.tensor([2.0, 3.0]))


def linearize_evaluates_once_and_moves_often(torch):
    value, moved = torch.func.linearize(lambda x: x * x, torch.tensor([1.0, 2.0]))
    first = moved(torch.tensor([1.0, 0.0]))
    second = moved(torch.tensor([0.0, 1.0]))


def a_linearized_function_takes_tangents_of_the_right_shape(torch):
    value, moved = torch.func.linearize(torch.neg, torch.ones(2))
    moved(torch.ones(3))


def vmap_makes_a_function_of_batches(torch):
    dot = lambda a, b: (a * b).sum()
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    y = torch.func.vmap(dot)(x, x)
    same = torch.vmap is torch.func.vmap


def in_dims_says_where_the_batch_is(torch):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    columns = torch.vmap(torch.sum, in_dims=1)(x)
    last = torch.vmap(torch.sum, in_dims=-1)(x)


def an_argument_without_in_dim_is_the_same_for_every_sample(torch):
    x, y = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([10.0, 20.0])
    z = torch.vmap(lambda a, b: a * b, in_dims=(0, None))(x, y)


def out_dims_says_where_the_batch_goes(torch):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    turned = torch.vmap(lambda row: row * 2, out_dims=1)(x)
    pair = torch.vmap(lambda row: (row, row.sum()), out_dims=(1, 0))(x)


def vmap_nests(torch):
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([10.0, 20.0, 30.0])
    table = torch.vmap(torch.vmap(torch.mul, in_dims=(None, 0)), in_dims=(0, None))(x, y)


def vmap_takes_and_gives_containers(torch):
    f = lambda p, x: {"sum": p["w"] + x, "both": [x, x * 2]}
    y = torch.vmap(f, in_dims=({"w": None}, 0))({"w": torch.ones(2)}, torch.ones(3, 2))


def a_result_that_is_the_same_for_every_sample_is_repeated(torch):
    c = torch.tensor([5.0, 6.0])
    y = torch.vmap(lambda x: c)(torch.ones(3))


def a_result_without_out_dim_may_be_anything(torch):
    y, n = torch.vmap(lambda x: (x, 3), out_dims=(0, None))(torch.ones(2))


def gradients_per_sample_are_vmap_of_grad(torch):
    loss = lambda w, x, t: ((w * x).sum() - t) ** 2
    w = torch.tensor([1.0, 2.0])
    x, t = torch.tensor([[1.0, 0.0], [2.0, 1.0]]), torch.tensor([0.0, 1.0])
    slopes = torch.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(w, x, t)


def the_gradient_of_a_batch_goes_through_vmap(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    slope = torch.func.grad(lambda x: torch.vmap(lambda r: (r * r).sum())(x).sum())(x)


def vmap_works_in_chunks_too(torch):
    y = torch.vmap(lambda x: x * 2, chunk_size=2)(torch.arange(5.0))


def random_numbers_are_refused_in_vmap(torch):
    torch.vmap(lambda x: x + torch.rand(1))(torch.zeros(2, 1))


def random_numbers_may_be_different_for_every_sample(torch):
    torch.manual_seed(0)
    y = torch.vmap(lambda x: x + torch.rand(2), randomness="different")(torch.zeros(3, 2))


def random_numbers_may_be_the_same_for_every_sample(torch):
    torch.manual_seed(0)
    y = torch.vmap(lambda x: x + torch.rand(2), randomness="same")(torch.zeros(3, 2))
    later = torch.rand(1)


def there_is_no_other_randomness(torch):
    torch.vmap(torch.neg, randomness="none")


def a_chunk_of_vmap_is_not_empty(torch):
    torch.vmap(torch.neg, chunk_size=0)


def vmap_needs_an_argument(torch):
    torch.vmap(lambda: torch.ones(2))()


def vmap_needs_a_tensor_to_go_along(torch):
    torch.vmap(torch.mul, in_dims=(None, None))(torch.ones(2), torch.ones(2))


def in_dims_is_a_number_or_a_tuple(torch):
    torch.vmap(torch.mul, in_dims=[0, 0])(torch.ones(2), torch.ones(2))


def in_dims_has_the_structure_of_the_arguments(torch):
    torch.vmap(torch.mul, in_dims=(0,))(torch.ones(2), torch.ones(2))


def in_dims_are_numbers(torch):
    torch.vmap(torch.mul, in_dims=("first", 0))(torch.ones(2), torch.ones(2))


def a_number_has_no_batch(torch):
    torch.vmap(torch.mul)(torch.ones(2), 3)


def in_dims_are_dimensions_of_the_arguments(torch):
    torch.vmap(torch.neg, in_dims=1)(torch.ones(2))


def batches_have_one_size(torch):
    torch.vmap(torch.mul)(torch.ones(2), torch.ones(3))


def out_dims_are_numbers(torch):
    torch.vmap(torch.neg, out_dims="first")(torch.ones(2))


def out_dims_has_the_structure_of_the_results(torch):
    torch.vmap(torch.neg, out_dims=(0, 0))(torch.ones(2))


def what_differs_from_sample_to_sample_needs_an_out_dim(torch):
    torch.vmap(torch.neg, out_dims=None)(torch.ones(2))


def vmap_is_of_functions_that_return_tensors(torch):
    torch.vmap(lambda x: 3)(torch.ones(2))
