"""Indexing and assignment.

What stands between brackets decides whether a tensor is looked at or copied, and which of its
elements an assignment reaches.
"""


def whole_numbers_and_slices_give_views(torch):
    x = torch.arange(24.0).view(2, 3, 4)
    parts = [
        x[1],
        x[-1, 2],
        x[0, 1:, ::3],
        x[:, None, 1],
        x[..., 0],
        x[()],
        x[1, ..., 2],
        x[:1, -1:],
    ]
    views = [part._is_view() for part in parts]


def index_tensors_give_copies(torch):
    x = torch.arange(12.0).view(3, 4)
    i = torch.tensor([2, 0])
    parts = [
        x[i],
        x[:, i],
        x[i, i],
        x[i, 1],
        x[i[:, None], i],
        x[[0, 2]],
        x[x > 5],
        x[x[:, 0] > 1, 1:],
    ]
    views = [part._is_view() for part in parts]


def a_tensor_of_no_dimension_is_a_whole_number(torch):
    x = torch.arange(6.0).view(2, 3)
    y = x[torch.tensor(1)]
    z = x[torch.tensor(0), torch.tensor(2)]
    views = [y._is_view(), z._is_view()]


def index_tensors_that_are_apart_move_to_the_front(torch):
    x = torch.arange(24.0, requires_grad=True)
    y = x.view(2, 3, 4)[torch.tensor([0, 1]), :, torch.tensor([3, 0])]
    z = x.view(2, 3, 4)[:, torch.tensor([0, 1]), torch.tensor([3, 0])]


def index_tensors_broadcast(torch):
    x = torch.arange(12.0, requires_grad=True)
    y = x.view(3, 4)[torch.tensor([[0], [2]]), torch.tensor([1, 3])]
    y.sum().backward()


def a_mask_of_two_dimensions_takes_two(torch):
    x = torch.arange(12.0, requires_grad=True)
    y = x.view(2, 3, 2)[torch.tensor([[True, False, True], [False, True, False]])]
    y.sum().backward()


def a_true_adds_a_dimension_and_a_false_an_empty_one(torch):
    x = torch.arange(3.0)
    y = x[True]
    z = x[False]
    w = x[torch.tensor(True)]


def an_ellipsis_alone_is_an_alias(torch):
    x = torch.arange(3.0, requires_grad=True)
    y = x[...]
    name = y.grad_fn.name()
    z = x[:]
    other = z.grad_fn.name()


def an_element_that_is_read_twice_gets_both_gradients(torch):
    x = torch.arange(3.0, requires_grad=True)
    y = x[[1, 1, 2]]
    y.backward(torch.tensor([10.0, 20.0, 30.0]))


def indices_count_from_the_end_if_negative(torch):
    x = torch.arange(5.0)
    y = x[torch.tensor([-1, -5])]
    z = x[-2:]


def an_empty_index_gives_nothing(torch):
    x = torch.arange(3.0, requires_grad=True)
    y = x[torch.tensor([], dtype=torch.int64)]
    z = x[[]]
    y.sum().backward()


def a_slice_out_of_bounds_is_cut(torch):
    x = torch.arange(3.0)
    y = x[1:10]
    z = x[5:]
    w = x[2:1]


def an_index_out_of_bounds_is_refused(torch):
    x = torch.arange(3.0)
    y = x[3]


def an_index_tensor_out_of_bounds_is_refused(torch):
    x = torch.arange(3.0)
    y = x[torch.tensor([0, 3])]


def too_many_indices_are_refused(torch):
    x = torch.arange(3.0)
    y = x[0, 0]


def a_number_has_no_elements(torch):
    x = torch.tensor(1.0)
    y = x[0]


def a_float_is_no_index(torch):
    x = torch.arange(3.0)
    y = x[1.0]


def a_float_tensor_is_no_index(torch):
    x = torch.arange(3.0)
    y = x[torch.tensor([1.0])]


def a_string_is_no_index(torch):
    x = torch.arange(3.0)
    y = x["a"]


def a_mask_has_the_shape_of_what_it_covers(torch):
    x = torch.arange(6.0).view(2, 3)
    y = x[torch.tensor([True, False, True])]


def index_tensors_must_broadcast(torch):
    x = torch.arange(6.0).view(2, 3)
    y = x[torch.tensor([0, 1]), torch.tensor([0, 1, 2])]


def a_slice_steps_forward(torch):
    x = torch.arange(3.0)
    y = x[::-1]


def a_slice_moves_on(torch):
    x = torch.arange(3.0)
    y = x[::0]


def a_mask_of_bytes_is_deprecated(torch):
    x = torch.arange(3.0)
    y = x[torch.tensor([1, 0, 1], dtype=torch.uint8)]


def an_assignment_to_a_slice_is_a_copy_slices(torch):
    x = torch.arange(4.0, requires_grad=True)
    v = torch.tensor([5.0, 6.0], requires_grad=True)
    y = x * 1
    y[1:3] = v
    (y * y).sum().backward()


def an_assignment_of_a_number_to_a_slice_fills_it(torch):
    x = torch.arange(4.0, requires_grad=True)
    y = x * 1
    y[::2] = 7
    (y * y).sum().backward()


def an_assignment_to_everything_is_a_copy_slices_too(torch):
    x = torch.arange(3.0, requires_grad=True)
    y = x * 1
    y[:] = 0.5
    (y * y).sum().backward()


def an_assignment_to_an_ellipsis_replaces_everything(torch):
    x = torch.arange(3.0, requires_grad=True)
    v = torch.ones(3, requires_grad=True)
    y = x * 1
    y[...] = v
    (y * y).sum().backward()


def an_assignment_to_positions_is_an_index_put(torch):
    x = torch.arange(4.0, requires_grad=True)
    v = torch.tensor([5.0, 6.0], requires_grad=True)
    y = x * 1
    y[torch.tensor([3, 0])] = v
    (y * y).sum().backward()


def an_assignment_to_a_mask_is_an_index_put(torch):
    x = torch.arange(4.0, requires_grad=True)
    v = torch.tensor([5.0, 6.0], requires_grad=True)
    y = x * 1
    y[y > 1] = v
    (y * y).sum().backward()


def an_assignment_to_positions_in_a_slice_reaches_the_base(torch):
    x = torch.arange(12.0, requires_grad=True)
    v = torch.tensor([5.0, 6.0], requires_grad=True)
    y = (x * 1).view(3, 4)
    y[1:, [0, 3]] = v
    (y * y).sum().backward()


def an_assigned_number_to_positions_takes_no_gradient(torch):
    x = torch.arange(4.0, requires_grad=True)
    y = x * 1
    y[[0, 2]] = 9.0
    (y * y).sum().backward()


def an_assigned_value_is_broadcast_to_its_place(torch):
    x = torch.zeros(2, 3, 4)
    v = torch.arange(4.0, requires_grad=True)
    x[:, 1:] = v
    x[0] = torch.ones(1, 1, 1)
    x.sum().backward()


def an_assigned_value_may_have_leading_ones(torch):
    x = torch.zeros(2, 3)
    x[0] = torch.ones(1, 1, 3)
    x[torch.tensor([1])] = torch.full((1, 1, 3), 2.0)


def an_assigned_value_must_fit(torch):
    x = torch.zeros(2, 3)
    x[0] = torch.ones(2)


def an_assigned_value_must_fit_positions(torch):
    x = torch.zeros(4)
    x[torch.tensor([0, 1])] = torch.ones(3)


def an_assigned_value_must_fit_a_mask(torch):
    x = torch.zeros(4)
    x[torch.tensor([True, True, False, False])] = torch.ones(3)


def an_assignment_to_a_slice_converts(torch):
    x = torch.zeros(3, dtype=torch.int64)
    v = torch.tensor([1.7, 2.7], requires_grad=True)
    x[:2] = v
    x[2] = 3.9
    needs = x.requires_grad


def an_assignment_to_positions_does_not_convert(torch):
    x = torch.zeros(3, dtype=torch.int64)
    x[torch.tensor([0, 1])] = torch.tensor([1.5, 2.5])


def an_assignment_of_a_number_to_positions_converts(torch):
    x = torch.zeros(3, dtype=torch.int64)
    x[[0, 1]] = 2.5


def an_assignment_of_another_precision_to_a_slice_keeps_its_gradient(torch):
    x = torch.zeros(3)
    v = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    x[1:] = v
    (x * x).sum().backward()


def the_last_of_equal_positions_counts(torch):
    x = torch.zeros(3)
    x[torch.tensor([1, 1])] = torch.tensor([5.0, 6.0])


def equal_positions_all_get_their_gradient(torch):
    """Also the one that was overwritten by the next."""
    x = torch.zeros(3)
    v = torch.tensor([5.0, 6.0], requires_grad=True)
    x[torch.tensor([1, 1])] = v
    x.sum().backward()


def index_put_may_add(torch):
    x = torch.zeros(3, requires_grad=True)
    v = torch.tensor([5.0, 6.0], requires_grad=True)
    y = (x * 1).index_put_((torch.tensor([1, 1]),), v, accumulate=True)
    (y * y).sum().backward()


def index_put_out_of_place_leaves_the_tensor(torch):
    x = torch.zeros(3, requires_grad=True)
    y = x.index_put((torch.tensor([1, 2]),), torch.tensor(4.0))
    y.sum().backward()


def augmented_assignment_to_positions_does_not_add_twice(torch):
    x = torch.zeros(3)
    x[torch.tensor([1, 1])] += 1


def augmented_assignment_to_a_slice_writes_the_view_and_assigns_it(torch):
    x = torch.arange(3.0, requires_grad=True)
    y = x * 1
    y[1:] *= 3
    version = y._version
    y.sum().backward()


def an_assignment_counts_once(torch):
    x = torch.zeros(3)
    x[0] = 1.0
    x[torch.tensor([0])] = 1.0
    x[x > 0] = 2.0
    version = x._version


def an_assignment_to_true_fills_everything(torch):
    x = torch.zeros(3)
    x[True] = 2.0
    y = torch.zeros(3)
    y[False] = 2.0


def an_assignment_with_a_new_dimension_is_broadcast_there(torch):
    x = torch.zeros(2, 2)
    x[None] = torch.arange(4.0).view(1, 2, 2)
    x[:, None, 0] = torch.tensor([[5.0], [6.0]])


def an_assignment_to_nothing_changes_nothing(torch):
    x = torch.zeros(3, requires_grad=True)
    y = x * 1
    y[5:] = 7.0
    y[torch.zeros(3, dtype=torch.bool)] = 7.0
    y.sum().backward()


def a_list_cannot_be_assigned(torch):
    x = torch.zeros(3)
    x[0:2] = [1.0, 2.0]


def none_cannot_be_assigned(torch):
    x = torch.zeros(3)
    x[0] = None


def a_complex_number_cannot_be_assigned_to_a_real_element(torch):
    x = torch.zeros(3)
    x[0] = 1j


def an_element_out_of_bounds_cannot_be_assigned(torch):
    x = torch.zeros(3)
    x[3] = 1.0


def an_element_of_a_number_cannot_be_assigned(torch):
    x = torch.tensor(1.0)
    x[0] = 1.0


def a_number_is_assigned_through_an_ellipsis(torch):
    x = torch.tensor(1.0, requires_grad=True)
    y = x * 1
    y[...] = 5.0
    y.backward()


def an_element_cannot_be_deleted(torch):
    x = torch.zeros(3)
    del x[0]


def an_assigned_part_of_the_same_tensor_may_not_lie_half_over_its_place(torch):
    x = torch.arange(4.0)
    x[1:] = x[:-1]


def a_tensor_may_be_assigned_to_its_own_part_by_way_of_a_copy(torch):
    x = torch.arange(4.0, requires_grad=True)
    y = x * 1
    y[1:] = y[:-1].clone()
    y.sum().backward()


def a_row_may_be_assigned_to_another(torch):
    x = torch.arange(4.0, requires_grad=True)
    y = (x * 1).view(2, 2)
    y[0] = y[1]
    (y * y).sum().backward()


def a_loop_of_assignments_is_a_chain_of_nodes(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = torch.zeros(3)
    for n in range(3):
        y[n] = x[n] * (y[n - 1] if n else 1.0)
    y[2].backward()


def masked_fill_takes_a_tensor_of_no_dimension(torch):
    x = torch.arange(3.0, requires_grad=True)
    v = torch.tensor(9.0, requires_grad=True)
    y = (x * 1).masked_fill_(torch.tensor([True, False, True]), v)
    (y * y).sum().backward()


def masked_scatter_takes_values_in_order(torch):
    x = torch.arange(4.0, requires_grad=True)
    v = torch.tensor([5.0, 6.0, 7.0], requires_grad=True)
    y = (x * 1).masked_scatter_(torch.tensor([False, True, False, True]), v)
    (y * y).sum().backward()


def a_result_that_is_indexed_twice_is_not_assigned(torch):
    """The first index makes a copy, and the copy is what is written."""
    x = torch.zeros(3)
    x[[0, 1]][0] = 5.0
    y = torch.zeros(2, 2)
    y[0][1] = 5.0
