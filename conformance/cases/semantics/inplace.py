"""In place: what may be overwritten, and how autograd notices.

Tensors that share memory share a version counter. A node remembers the version of what it saved
and refuses to go backward when it has changed. Writing through a view rewrites the history of all
that share the memory.
"""


def every_operation_in_place_counts(torch):
    x = torch.tensor([1.0, 2.0])
    versions = [x._version]
    x.add_(1)
    versions.append(x._version)
    x[0] = 5.0
    versions.append(x._version)
    x *= 2
    versions.append(x._version)


def reading_does_not_count(torch):
    x = torch.tensor([1.0, 2.0])
    y = x + x
    z = x.view(2, 1)
    n = x.sum().item()
    version = x._version


def a_view_shares_the_counter_of_its_base(torch):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0])
    y = x.view(2, 2)
    y.add_(1)
    x.mul_(2)
    versions = [x._version, y._version]


def a_detached_tensor_shares_the_counter(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.detach()
    y.add_(1)
    versions = [x._version, y._version]


def a_clone_counts_for_itself(torch):
    x = torch.tensor([1.0, 2.0])
    x.add_(1)
    y = x.clone()
    y.add_(1)
    y.add_(1)
    versions = [x._version, y._version]


def data_does_not_count(torch):
    x = torch.tensor([1.0, 2.0])
    x.data.add_(1)
    version = x._version


def an_operation_in_place_returns_the_tensor_itself(torch):
    x = torch.tensor([1.0, 2.0])
    same = x.add_(1) is x


def augmented_assignment_is_in_place(torch):
    x = torch.tensor([1.0, 2.0])
    y = x
    y += 1
    same = y is x


def a_leaf_may_not_be_changed_in_place(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.add_(1)


def an_element_of_a_leaf_may_not_be_assigned(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x[0] = 5.0


def a_view_of_a_leaf_may_not_be_changed_in_place(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.view(2, 1)
    y.mul_(2)


def a_leaf_may_be_changed_under_no_grad(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        x.add_(1)
    (x * x).sum().backward()


def a_result_changed_in_place_gets_a_new_node(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x + 1
    before = y.grad_fn.name()
    y.mul_(3)
    after = y.grad_fn.name()
    y.sum().backward()


def a_saved_result_may_not_be_overwritten(torch):
    """The derivative of exp is its result, and that is gone."""
    x = torch.tensor([0.0, 0.0], requires_grad=True)
    y = x.exp()
    y.add_(1)
    y.sum().backward()


def a_saved_operand_may_not_be_overwritten(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x + 1
    z = y * y
    y.add_(1)
    z.sum().backward()


def a_saved_constant_may_not_be_overwritten(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    c = torch.tensor([3.0, 4.0])
    y = x * c
    c.add_(1)
    y.sum().backward()


def an_operand_that_is_not_saved_may_be_overwritten(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    c = torch.tensor([3.0, 4.0])
    y = x + c
    c.add_(1)
    y.sum().backward()


def a_write_through_a_view_is_noticed(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    c = torch.tensor([3.0, 4.0])
    view = c.view(2, 1)
    y = x * c
    view.zero_()
    y.sum().backward()


def a_write_under_no_grad_is_noticed(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    with torch.no_grad():
        x.add_(1)
    y.backward()


def a_write_through_data_is_not_noticed(torch):
    """The gradient is silently that of the new values."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    x.data.add_(1)
    y.backward()


def a_write_after_backward_does_no_harm(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    c = torch.tensor([3.0, 4.0])
    (x * c).sum().backward()
    c.zero_()
    (x * c).sum().backward()


def relu_in_place_keeps_what_it_needs(torch):
    x = torch.tensor([-1.0, 2.0], requires_grad=True)
    y = x * 3
    y.relu_()
    y.sum().backward()


def a_view_sees_what_is_written_to_its_base(torch):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0])
    y = x[1:3]
    x.mul_(10)


def a_base_sees_what_is_written_to_its_view(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    x.t()[0].zero_()


def a_write_to_a_view_is_copy_slices_for_its_base(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    view = y[1:]
    view.mul_(10)
    y.sum().backward()


def a_write_to_a_base_gives_its_views_a_new_node(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    view = y[1:]
    y.mul_(10)
    name = view.grad_fn.name()
    view.sum().backward()


def a_write_to_one_view_reaches_another(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    left = y[:2]
    right = y[1:]
    left.mul_(10)
    right.sum().backward()


def writes_to_views_of_views_reach_the_base(torch):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    y = x * 1
    y.view(2, 2).t()[0].mul_(10)
    y.sum().backward()


def an_assigned_number_takes_no_gradient(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    y[0] = 5.0
    y.sum().backward()


def an_assigned_tensor_gets_the_gradient_of_its_place(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    v = torch.tensor(5.0, requires_grad=True)
    y = x * 2
    y[0] = v
    (y * y).sum().backward()


def an_assigned_tensor_is_broadcast(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    v = torch.tensor([5.0], requires_grad=True)
    y = x * 2
    y[1] = v
    y.sum().backward()


def a_constant_that_is_assigned_to_joins_the_graph(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = torch.zeros(3)
    y[1] = x * x
    y.sum().backward()


def a_mask_chooses_what_is_assigned(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    y[torch.tensor([True, False, True])] = 0.0
    y.sum().backward()


def a_tensor_filled_with_a_number_forgets_its_past(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.fill_(7.0)
    y.sum().backward()


def copy_in_place_takes_the_gradient_of_its_source(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([3.0, 4.0], requires_grad=True)
    y = x * 2
    y.copy_(v)
    (y * y).sum().backward()


def a_result_in_place_cannot_grow(torch):
    x = torch.tensor([1.0, 2.0])
    x.add_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))


def an_expanded_tensor_cannot_be_written(torch):
    """Several of its elements are one place in memory."""
    x = torch.tensor([1.0]).expand(3)
    x.add_(1)


def one_of_several_views_cannot_be_written(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a, b = (x * 1).unbind()
    a.mul_(2)


def a_view_made_under_no_grad_cannot_be_written(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    with torch.no_grad():
        view = y[1:]
    view.mul_(2)


def a_view_cannot_be_detached_in_place(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    view = (x * 1)[1:]
    view.detach_()


def a_slice_is_a_view_and_a_list_of_positions_a_copy(torch):
    x = torch.tensor([1.0, 2.0, 3.0])
    slice_ = x[:2]
    picked = x[[0, 1]]
    x.zero_()


def a_write_to_a_view_of_a_constant_makes_its_base_part_of_the_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.zeros(4)
    y[1:3].add_(x)
    flags = [y.requires_grad, y.is_leaf]
    (y * y).sum().backward()


def a_chain_of_views_is_seen_as_one_from_its_base(torch):
    x = torch.arange(8.0, requires_grad=True)
    y = x * 1
    y.view(2, 4)[:, 1:].t()[::2].mul_(10)
    names = [y.grad_fn.name(), y.grad_fn.next_functions[0][0].name()]
    y.sum().backward()


def two_writes_to_views_are_two_steps_of_the_base(torch):
    x = torch.arange(4.0, requires_grad=True)
    y = x * 1
    y[:2].mul_(2)
    y[1:].mul_(3)
    y.sum().backward()


def a_view_that_was_written_has_a_node_of_its_own(torch):
    x = torch.arange(4.0, requires_grad=True)
    y = x * 1
    view = y[:2]
    before = view.grad_fn.name()
    view.mul_(2)
    after = view.grad_fn.name()
    view.sum().backward()


def a_view_taken_before_and_one_taken_after_a_write_see_the_same(torch):
    x = torch.arange(4.0, requires_grad=True)
    y = x * 1
    before = y[1:]
    y.mul_(2)
    after = y[1:]
    names = [before.grad_fn.name(), after.grad_fn.name()]
    (before * after).sum().backward()


def a_write_to_the_transposed_reaches_the_base_in_its_order(torch):
    x = torch.arange(6.0, requires_grad=True)
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * 1).view(2, 3)
    y.t().mul_(w)
    (y * y).sum().backward()


def a_base_out_of_order_gets_its_gradient_in_its_order(torch):
    x = torch.arange(6.0, requires_grad=True)
    y = (x * 1).view(2, 3).t().clone()
    y[1:].mul_(10)
    (y * y).sum().backward()


def a_gradient_through_a_written_view_has_a_graph(torch):
    x = torch.arange(3.0, requires_grad=True)
    y = x * 1
    y[1:].mul_(x[1:])
    (g,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
    g.sum().backward()


def a_view_of_a_diagonal_may_be_written(torch):
    x = torch.arange(9.0, requires_grad=True)
    y = (x * 1).view(3, 3)
    y.diagonal().zero_()
    y.sum().backward()


def a_view_with_windows_that_overlap_may_be_written_too(torch):
    """Which of the writes to one place counts is left to the implementation: here all are equal."""
    x = torch.ones(4, requires_grad=True)
    y = x * 1
    y.unfold(0, 2, 1).zero_()
    y.sum().backward()


def a_part_of_several_views_cannot_be_written(torch):
    x = torch.arange(4.0, requires_grad=True)
    a, b = (x * 1).split(2)
    a[:1].mul_(2)


def one_of_several_views_cannot_be_used_after_its_base_was_written(torch):
    x = torch.arange(4.0, requires_grad=True)
    y = x * 1
    a, b = y.chunk(2)
    y.mul_(2)
    a.sum()


def one_of_several_views_of_a_constant_may_be_written_with_constants(torch):
    y = torch.arange(4.0)
    a, b = y.split(2)
    a.mul_(2)
    versions = [y._version, b._version]


def one_of_several_views_of_a_constant_cannot_join_the_graph(torch):
    x = torch.tensor(2.0, requires_grad=True)
    a, b = torch.arange(4.0).split(2)
    a.mul_(x)


def one_of_several_views_may_be_written_under_no_grad(torch):
    x = torch.arange(4.0, requires_grad=True)
    y = x * 1
    a, b = y.split(2)
    with torch.no_grad():
        a.mul_(2)
    y.sum().backward()


def slices_of_a_tensor_split_are_views_of_their_own(torch):
    x = torch.arange(4.0, requires_grad=True)
    a, b = (x * 1).tensor_split(2)
    a.mul_(2)
    a.sum().backward()


def a_view_of_a_view_made_under_no_grad_cannot_be_written(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    with torch.no_grad():
        view = y[:]
    view[1:].mul_(2)


def a_view_made_under_no_grad_cannot_be_used_after_its_base_was_written(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    with torch.no_grad():
        view = y[1:]
    y.mul_(2)
    view * 2


def a_view_made_under_no_grad_may_be_written_under_no_grad(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    with torch.no_grad():
        y[1:].mul_(2)
    y.sum().backward()


def a_view_of_a_leaf_may_be_written_under_no_grad(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        x[0] = 7.0
        x[1:].mul_(2)
    version = x._version


def a_leaf_cannot_be_zeroed(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.zero_()


def a_leaf_cannot_take_a_tensor_that_needs_a_gradient_by_augmented_assignment(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x += 1


def a_detached_leaf_may_be_written(torch):
    """The leaf's version tells a backward pass of it."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    x.detach().zero_()
    y.backward()


def an_expanded_tensor_may_be_filled(torch):
    x = torch.tensor([1.0])
    y = x.expand(3)
    y.fill_(2.0)
    y.zero_()


def an_expanded_tensor_may_be_filled_where_a_mask_says_though_it_is_deprecated(torch):
    x = torch.tensor([1.0])
    y = x.expand(3)
    y.masked_fill_(torch.tensor([True, False, True]), 2.0)


def an_expanded_tensor_cannot_be_copied_to(torch):
    y = torch.tensor([1.0]).expand(3)
    y.copy_(torch.ones(3))


def an_expanded_view_of_the_graph_gets_the_sum_of_what_flows_back(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    y[:1].expand(3).fill_(5.0)
    y.sum().backward()


def what_is_written_may_not_lie_half_over_what_is_read(torch):
    x = torch.arange(5.0)
    x[1:].add_(x[:-1])


def a_copy_may_not_lie_half_over_its_source(torch):
    x = torch.arange(5.0)
    x[1:].copy_(x[:-1])


def a_matrix_cannot_be_added_to_its_transpose_in_place(torch):
    x = torch.ones(3, 3)
    x.add_(x.t())


def what_is_written_may_be_what_is_read(torch):
    x = torch.arange(3.0)
    x.add_(x)
    x.mul_(x[:])


def scattering_may_not_read_what_it_writes(torch):
    x = torch.ones(3)
    x.scatter_(0, torch.tensor([0, 1, 2]), x)


def an_operation_in_place_converts_its_result(torch):
    x = torch.tensor([1, 2, 3])
    x.add_(2)
    x.mul_(torch.tensor([2, 2, 2], dtype=torch.int8))
    y = torch.tensor([1.0, 2.0]).add_(torch.tensor([1.0, 2.0], dtype=torch.float64))


def an_integer_tensor_cannot_hold_a_float(torch):
    x = torch.tensor([1, 2, 3])
    x.add_(0.5)


def an_integer_tensor_cannot_be_divided_in_place(torch):
    x = torch.tensor([1, 2, 3])
    x.div_(2)


def a_real_tensor_cannot_hold_a_complex_number(torch):
    x = torch.tensor([1.0, 2.0])
    x.mul_(1j)


def a_bool_tensor_cannot_hold_an_integer(torch):
    x = torch.tensor([True, False])
    x.add_(1)


def a_square_root_of_integers_cannot_stay(torch):
    x = torch.tensor([1, 4])
    x.sqrt_()


def copy_in_place_converts_any_dtype(torch):
    x = torch.zeros(3, dtype=torch.int64)
    x.copy_(torch.tensor([1.7, -1.7, 2.0]))
    y = torch.zeros(2, dtype=torch.bool).copy_(torch.tensor([0.0, 0.5]))


def copy_in_place_broadcasts(torch):
    x = torch.ones(2, 3, requires_grad=True)
    v = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    y.copy_(v)
    y.sum().backward()


def copy_in_place_cannot_grow(torch):
    x = torch.zeros(3)
    x.copy_(torch.ones(2, 3))


def copy_in_place_of_another_dtype_gets_a_gradient_of_that_dtype(torch):
    v = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = torch.zeros(2).copy_(v)
    (y * y).sum().backward()


def copy_in_place_into_integers_takes_no_gradient(torch):
    v = torch.tensor([1.5, 2.5], requires_grad=True)
    y = torch.zeros(2, dtype=torch.int64).copy_(v)
    needs = y.requires_grad


def a_leaf_cannot_be_copied_to(torch):
    x = torch.zeros(2, requires_grad=True)
    x.copy_(torch.ones(2))


def fill_takes_a_tensor_of_no_dimension(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor(3.0, requires_grad=True)
    y = (x * 1).fill_(v)
    y.sum().backward()


def fill_takes_no_other_tensor(torch):
    x = torch.zeros(2)
    x.fill_(torch.ones(1))


def fill_of_integers_cuts_the_fraction_off(torch):
    x = torch.zeros(2, dtype=torch.int64).fill_(2.7)
    y = torch.zeros(2, dtype=torch.bool).fill_(2)


def fill_of_a_real_tensor_takes_no_complex_number(torch):
    x = torch.zeros(2).fill_(1j)


def a_zeroed_tensor_forgets_its_past(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * 3).zero_()
    y.sum().backward()


def two_tensors_may_change_places_by_assignment(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a, b = x * 2, x * 3
    a, b = b, a
    (a * 2 + b).sum().backward()


def a_version_counts_every_write_to_the_memory(torch):
    x = torch.zeros(4)
    y, z = x[:2], x.view(2, 2)[1]
    y.add_(1)
    z.add_(1)
    x.detach().add_(1)
    x.data.add_(1)
    versions = [x._version, y._version, z._version]


def the_message_says_which_version_was_saved(torch):
    x = torch.ones(2, 2, requires_grad=True)
    y = x.sigmoid()
    y.mul_(2)
    y[0].mul_(2)
    y.sum().backward()


def a_saved_view_notices_a_write_to_another_view(torch):
    x = torch.ones(4, requires_grad=True)
    y = x * 1
    left = y[:2]
    z = left * left
    y[2:].mul_(2)
    z.sum().backward()


def a_write_inside_a_graph_that_is_retained_is_noticed_the_second_time(torch):
    x = torch.ones(2, requires_grad=True)
    c = torch.ones(2)
    y = (x * c).sum()
    y.backward(retain_graph=True)
    c.zero_()
    y.backward()


def a_gradient_that_was_written_is_what_counts(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    x.grad.mul_(0.5)
    x.grad[0] = 9.0
    (x * x).sum().backward()


def a_hook_on_a_tensor_written_later_belongs_to_the_old_value(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.register_hook(lambda grad: grad * 10)
    y.mul_(3)
    y.sum().backward()


def retain_grad_before_a_write_keeps_the_gradient_of_the_new_value(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.retain_grad()
    y.mul_(3)
    y.sum().backward()


def a_result_in_place_needs_a_gradient_if_an_operand_does(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.zeros(2)
    before = [y.requires_grad, y.is_leaf]
    y.add_(x)
    after = [y.requires_grad, y.is_leaf]


def comparisons_in_place_take_no_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    y.gt_(1.5)
    y.sum().backward()
