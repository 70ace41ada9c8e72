"""Backward: how gradients travel, and where they stay.

`y.backward()` walks the graph from `y` to its leaves and adds to their `.grad`;
`torch.autograd.grad` walks the same way and hands the gradients back instead.
"""


def a_leaf_has_no_gradient_before_backward(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    before = x.grad


def backward_fills_in_the_gradient_of_a_leaf(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    y.backward()


def backward_returns_nothing(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    result = (x * x).sum().backward()


def a_gradient_is_not_itself_recorded(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    gradient = x.grad


def only_leaves_keep_their_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    z = y.sum()
    z.backward()


def a_constant_gets_no_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    c = torch.tensor([3.0, 4.0])
    (x * c).sum().backward()


def a_leaf_outside_the_graph_gets_no_gradient(torch):
    """None says that the leaf was not used, zeros that it was used and does not matter."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    unused = torch.tensor([1.0, 2.0], requires_grad=True)
    multiplied_by_zero = torch.tensor([1.0, 2.0], requires_grad=True)
    (x + multiplied_by_zero * 0).sum().backward()


def backward_of_a_leaf_gives_one(torch):
    x = torch.tensor(3.0, requires_grad=True)
    x.backward()


def one_element_of_any_shape_needs_no_weights(torch):
    x = torch.tensor([[3.0]], requires_grad=True)
    y = x * x
    y.backward()


def several_elements_need_weights(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.backward()


def the_weights_of_the_outputs_are_a_product_from_the_left(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.backward(torch.tensor([1.0, 10.0]))


def a_scalar_may_have_a_weight_too(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward(torch.tensor(3.0))


def the_weights_have_the_shape_of_the_output(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.backward(torch.tensor([1.0, 1.0, 1.0]))


def the_weights_do_not_broadcast(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.backward(torch.tensor([[1.0, 1.0]]))


def the_weights_may_have_another_dtype(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.backward(torch.tensor([1.0, 10.0], dtype=torch.float64))


def a_gradient_has_the_shape_of_its_leaf(torch):
    x = torch.tensor([[1.0], [2.0]], requires_grad=True)
    w = torch.tensor([1.0, 10.0, 100.0], requires_grad=True)
    (x * w).sum().backward()


def a_gradient_has_the_dtype_of_its_leaf(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    (x * w).sum().backward()


def a_tensor_used_twice_gets_the_sum_of_both_gradients(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3 + x * 4
    y.sum().backward()


def paths_that_meet_again_are_added(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    middle = x * 2
    y = (middle * middle + middle * 5).sum()
    y.backward()


def gradients_accumulate_until_cleared(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    (x * x).sum().backward()


def accumulation_adds_to_the_same_tensor(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    gradient = x.grad
    (x * 5).sum().backward()
    same = gradient is x.grad


def a_gradient_set_to_zero_is_still_there(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    x.grad.zero_()


def a_gradient_set_to_none_is_gone(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    x.grad = None


def a_gradient_set_by_hand_is_added_to(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.grad = torch.tensor([10.0, 20.0])
    (x * x).sum().backward()


def second_backward_needs_retain_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    y.backward()
    y.backward()


def retain_graph_allows_a_second_backward(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()


def an_addition_saves_nothing_and_can_be_walked_twice(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x + x).sum()
    y.backward()
    y.backward()


def a_product_with_a_number_cannot_be_walked_twice(torch):
    """The number is wrapped in a tensor, which is saved and freed like any other."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * 2).sum()
    y.backward()
    y.backward()


def two_results_share_the_saved_tensors_of_their_common_part(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    common = x * x
    first = common.sum()
    second = (common * 3).sum()
    first.backward()
    second.backward()


def backward_takes_several_outputs_at_once(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    z = (x * 3).sum()
    torch.autograd.backward([y, z])


def several_outputs_need_as_many_weights(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    z = x * 3
    torch.autograd.backward([y, z], [torch.ones(2)])


def inputs_limits_backward_to_some_leaves(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    (x * w).sum().backward(inputs=[x])


def inputs_may_name_a_result(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    (y * y).sum().backward(inputs=[y])


def backward_needs_a_graph(torch):
    x = torch.tensor([1.0, 2.0])
    y = (x * x).sum()
    y.backward()


def grad_returns_a_tuple_and_leaves_no_gradient_behind(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    gradients = torch.autograd.grad(y, x)


def grad_answers_in_the_order_of_the_inputs(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    y = (x * w).sum()
    for_w, for_x = torch.autograd.grad(y, [w, x])


def grad_takes_any_tensor_of_the_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    middle = x * 3
    y = (middle * middle).sum()
    gradient = torch.autograd.grad(y, middle)[0]


def the_gradient_of_a_tensor_for_itself_is_one(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    gradient = torch.autograd.grad(y, y)[0]


def grad_outputs_are_the_weights_of_the_outputs(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    gradient = torch.autograd.grad(y, x, grad_outputs=torch.tensor([1.0, 10.0]))[0]


def grad_adds_over_several_outputs(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    z = (x * 3).sum()
    gradient = torch.autograd.grad([y, z], x)[0]


def grad_frees_the_graph_like_backward(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    first = torch.autograd.grad(y, x)[0]
    second = torch.autograd.grad(y, x)[0]


def grad_refuses_an_unused_input(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    unused = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    gradients = torch.autograd.grad(y, [x, unused])


def allow_unused_answers_none_for_an_unused_input(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    unused = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    gradients = torch.autograd.grad(y, [x, unused], allow_unused=True)


def materialize_grads_answers_zeros_for_an_unused_input(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    unused = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = (x * x).sum()
    gradients = torch.autograd.grad(y, [x, unused], materialize_grads=True)


def grad_refuses_an_input_that_does_not_require_grad(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    c = torch.tensor([3.0, 4.0])
    y = (x * c).sum()
    gradient = torch.autograd.grad(y, c)[0]


def a_view_made_after_the_fact_is_not_in_the_graph(torch):
    """`x[0]` is a new tensor: the result was computed from `x`, not from it."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    gradient = torch.autograd.grad(y, x[0])[0]


def create_graph_records_the_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x * x).sum()
    first = torch.autograd.grad(y, x, create_graph=True)[0]


def a_recorded_gradient_has_a_derivative(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x * x).sum()
    first = torch.autograd.grad(y, x, create_graph=True)[0]
    second = torch.autograd.grad(first.sum(), x)[0]


def derivatives_can_be_taken_to_any_order(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x**4
    first = torch.autograd.grad(y, x, create_graph=True)[0]
    second = torch.autograd.grad(first, x, create_graph=True)[0]
    third = torch.autograd.grad(second, x, create_graph=True)[0]
    fourth = torch.autograd.grad(third, x)[0]


def without_create_graph_there_is_no_second_derivative(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    first = torch.autograd.grad((x * x * x).sum(), x)[0]
    second = torch.autograd.grad(first.sum(), x)[0]


def the_gradient_of_a_linear_function_does_not_depend_on_its_input(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    first = torch.autograd.grad((x * 2).sum(), x, create_graph=True)[0]
    second = torch.autograd.grad(first.sum(), x)[0]


def create_graph_implies_retain_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    first = torch.autograd.grad(y, x, create_graph=True)[0]
    again = torch.autograd.grad(y, x)[0]


def a_gradient_can_be_part_of_a_loss(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    slope = torch.autograd.grad((x * x).sum(), x, create_graph=True)[0]
    penalty = (slope * slope).sum()
    penalty.backward()


def a_mixed_derivative_goes_through_both_tensors(torch):
    x = torch.tensor(2.0, requires_grad=True)
    w = torch.tensor(3.0, requires_grad=True)
    for_x = torch.autograd.grad(x * x * w * w, x, create_graph=True)[0]
    for_w = torch.autograd.grad(for_x, w)[0]


def a_hessian_times_a_vector_needs_no_hessian(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([1.0, -1.0])
    y = x[0] * x[0] * x[1]
    gradient = torch.autograd.grad(y, x, create_graph=True)[0]
    product = torch.autograd.grad(gradient, x, grad_outputs=v)[0]


def a_jacobian_is_made_row_by_row(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = torch.stack([x[0] * x[1], x[1] * x[2]])
    rows = [torch.autograd.grad(output, x, retain_graph=True)[0] for output in y]
    jacobian = torch.stack(rows)


def backward_with_create_graph_leaves_a_recorded_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x * x).sum().backward(create_graph=True)
    recorded = x.grad.requires_grad
    second = torch.autograd.grad(x.grad.sum(), x)[0]


def a_hook_may_change_the_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda gradient: gradient * 10)
    (x * x).sum().backward()


def hooks_run_in_the_order_of_their_registration(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda gradient: gradient + 1)
    x.register_hook(lambda gradient: gradient * 10)
    (x * x).sum().backward()


def a_hook_of_a_result_acts_on_all_that_lies_behind(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.register_hook(lambda gradient: gradient * 10)
    (y * 2).sum().backward()


def a_hook_sees_the_sum_of_all_paths_once(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    seen = []
    y = x * 1
    y.register_hook(lambda gradient: seen.append(gradient))
    (y * 2 + y * 3).sum().backward()


def a_removed_hook_runs_no_more(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    handle = x.register_hook(lambda gradient: gradient * 10)
    handle.remove()
    del handle
    (x * x).sum().backward()


def weights_may_be_missing_where_none_are_needed(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.autograd.backward([(x * x).sum(), x * 3], [None, torch.tensor([1.0, 10.0])])


def every_output_must_have_a_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    c = torch.tensor(3.0)
    torch.autograd.backward([(x * x).sum(), c])


def nothing_to_go_backward_from_is_no_error(torch):
    result = torch.autograd.backward([])


def outputs_are_tensors(torch):
    torch.autograd.backward([3.0])


def a_number_is_no_list_of_outputs(torch):
    torch.autograd.backward(3.0)


def weights_are_tensors(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.autograd.backward((x * x).sum(), [3.0])


def more_weights_than_outputs_are_ignored(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    weights = (torch.tensor(2.0), torch.tensor(3.0))
    gradient = torch.autograd.grad((x * x).sum(), x, weights)[0]


def a_complex_output_needs_weights(torch):
    x = torch.tensor(1 + 2j, requires_grad=True)
    (x * x).backward()


def a_complex_output_takes_complex_weights(torch):
    x = torch.tensor([1 + 2j], requires_grad=True)
    (x * x).backward(torch.tensor([1.0]))


def one_output_may_be_given_twice(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    torch.autograd.backward([y, y])


def two_outputs_of_one_node_start_together(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a, b = (x * x).unbind()
    torch.autograd.backward([a, b], [torch.tensor(1.0), torch.tensor(10.0)])


def inputs_may_be_named(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    gradients = torch.autograd.grad((x * w).sum(), {"x": x, "w": w})


def named_inputs_come_in_a_dict(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    (x * w).sum().backward(inputs={"x": x})


def inputs_cannot_be_empty(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward(inputs=[])


def grad_needs_an_input(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.autograd.grad((x * x).sum(), [])


def inputs_are_tensors_or_edges(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.autograd.grad((x * x).sum(), [3.0])


def a_constant_cannot_accumulate(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    c = torch.tensor([3.0, 4.0])
    (x * c).sum().backward(inputs=[c])


def an_input_given_twice_accumulates_once(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward(inputs=[x, x])


def an_input_given_twice_is_answered_twice(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    gradients = torch.autograd.grad((x * x).sum(), [x, x])


def zeros_for_unused_inputs_are_recorded_if_gradients_are(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    unused = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = (x * x).sum()
    zeros = torch.autograd.grad(y, [x, unused], create_graph=True, materialize_grads=True)[1]


def zeros_or_an_error_but_not_both(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.autograd.grad((x * x).sum(), x, allow_unused=False, materialize_grads=True)


def a_batch_of_weights_gives_a_batch_of_gradients(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    weights = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 10.0]])
    jacobian = torch.autograd.grad(x * x, x, weights, is_grads_batched=True)[0]


def a_batch_of_weights_has_one_more_dimension(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    weights = torch.tensor([[1.0, 0.0, 0.0]])
    torch.autograd.grad(x * x, x, weights, is_grads_batched=True)


def batches_of_weights_are_of_one_size(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    weights = [torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([1.0, 2.0, 3.0])]
    torch.autograd.grad([x * x, x.sum()], x, weights, is_grads_batched=True)


def a_retained_graph_is_kept_whole(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    first = torch.autograd.grad(y, x, retain_graph=True)[0]
    second = torch.autograd.grad(y, x)[0]


def whether_to_retain_is_yes_or_no(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward(retain_graph="yes")


def a_gradient_has_the_memory_layout_of_its_leaf(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]).t().requires_grad_()
    w = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    (x * w).sum().backward()
    strides = [x.grad.stride(), w.grad.stride()]


def an_expanded_leaf_gets_a_gradient_in_order(torch):
    x = torch.tensor([[1.0], [2.0]]).expand(2, 3).requires_grad_()
    (x * 1).sum().backward()
    strides = [x.stride(), x.grad.stride()]


def grad_hands_out_expanded_gradients(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    gradient = torch.autograd.grad(x.sum(), x)[0]
    strides = gradient.stride()


def backward_copies_the_weights(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    weights = torch.tensor([1.0, 10.0])
    x.backward(weights)
    shared = x.grad.data_ptr() == weights.data_ptr()


def a_recorded_gradient_is_a_recorded_copy(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward(create_graph=True)
    node = x.grad.grad_fn.name()


def with_create_graph_accumulation_makes_a_new_tensor(torch):
    """The old one may be part of a graph."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.grad = torch.tensor([10.0, 20.0])
    before = x.grad
    (x * x).sum().backward(create_graph=True)
    same = before is x.grad


def without_create_graph_a_recorded_gradient_is_added_to_in_place(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward(create_graph=True)
    before = x.grad
    (x * x).sum().backward()
    same = before is x.grad


def a_view_of_a_gradient_sees_what_is_added(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.grad = torch.tensor([10.0, 20.0])
    view = x.grad.view(2, 1)
    (x * x).sum().backward()
    version = x.grad._version


def gradients_of_several_graphs_accumulate(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.autograd.grad((x * x).sum(), x, create_graph=True)[0]
    y.sum().backward()
    (x * 3).sum().backward()


def a_gradient_set_by_hand_must_have_the_dtype(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.grad = torch.tensor([1.0, 2.0], dtype=torch.float64)


def a_tensor_is_not_its_own_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.grad = x


def a_gradient_can_be_deleted(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    del x.grad


def a_constant_may_be_given_a_gradient(torch):
    x = torch.tensor([1.0, 2.0])
    x.grad = torch.tensor([10.0, 20.0])


def a_leaf_may_ask_for_gradients_of_another_dtype(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    usual = x.grad_dtype
    x.grad_dtype = torch.float64
    (x * x).sum().backward()


def a_leaf_may_take_gradients_of_any_dtype(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.grad_dtype = None
    x.grad = torch.tensor([1.0, 2.0], dtype=torch.float64)
    (x * x).sum().backward()


def only_leaves_choose_the_dtype_of_their_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.grad_dtype = torch.float64


def giving_up_gradients_keeps_the_one_that_is_there(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    x.requires_grad_(False)
