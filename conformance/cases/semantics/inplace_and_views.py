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
