"""Views.

A view is another way of looking at memory that is already there. Reading through it costs nothing,
writing through it changes what every other view shows, and autograd knows of both.
"""


def a_view_remembers_its_base(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    y = x.view(4)
    remembered = y._base is x
    views = [x._is_view(), y._is_view()]


def a_view_of_a_view_has_the_first_base(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    y = x.t()[0]
    same = y._base is x


def a_copy_has_no_base(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    bases = [x.clone()._base, (x + 0)._base, x[[0]]._base, x.repeat(1, 2)._base]


def a_detached_tensor_shares_memory_but_has_no_base(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.detach()
    base = y._base
    shared = y.data_ptr() == x.data_ptr()


def what_is_detached_from_a_view_has_no_base_either(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * 2)[1:].detach()
    views = [y._is_view(), y._base is None]
    offset = y.storage_offset()


def a_view_made_without_gradients_has_a_base_too(torch):
    x = torch.tensor([1.0, 2.0])
    with torch.no_grad():
        y = x[1:]
    remembered = y._base is x


def reshape_is_a_view_where_it_can_be(torch):
    x = torch.arange(6.0).reshape(2, 3)
    view = x.reshape(3, 2)
    copy = x.t().reshape(6)
    views = [view._is_view(), copy._is_view()]
    same = [view._base is x._base, x.reshape(2, 3) is x]


def reshape_of_a_tensor_out_of_order_may_be_a_view(torch):
    x = torch.arange(12.0, requires_grad=True) * 1
    y = x.view(3, 4).t().reshape(2, 2, 3)
    strides = y.stride()
    view = y._is_view()


def contiguous_returns_the_tensor_itself_where_it_is(torch):
    x = torch.arange(6.0).view(2, 3)
    same = [x.contiguous() is x, x.t().contiguous() is x]
    y = x.t().contiguous()
    strides = y.stride()
    views = [x.contiguous()._is_view(), y._is_view()]


def flatten_is_a_view_where_it_can_be(torch):
    x = torch.arange(8.0).view(2, 2, 2)
    same = [x[0, 0].flatten() is x, x.flatten()._base is x._base]
    copied = x.transpose(0, 2).flatten()._base is None


def flatten_of_one_dimension_is_the_tensor_itself(torch):
    x = torch.arange(3.0)
    same = [x.flatten() is x, x.ravel() is x]


def conversions_to_the_same_dtype_return_the_tensor_itself(torch):
    x = torch.arange(3.0)
    same = [x.to(torch.float32) is x, x.float() is x, x.type_as(x) is x, x.double() is x]
    copy = x.to(torch.float32, copy=True)
    shared = copy.data_ptr() == x.data_ptr()


def every_shape_function_below_is_a_view(torch):
    x = torch.arange(6.0).view(1, 2, 3)
    views = [
        x.view(6), x.view_as(x), x.reshape(6), x.reshape_as(x), x.flatten(), x.ravel(),
        x.unflatten(1, (2, 1)), x.squeeze(), x.squeeze(0), x.squeeze((0, 1)), x.unsqueeze(0),
        x.expand(2, 2, 3), x.expand_as(x), x.broadcast_to(2, 2, 3), x.transpose(0, 1),
        x.swapaxes(0, 2), x.swapdims(1, 2), x.permute(2, 0, 1), x.movedim(0, 2),
        x.moveaxis((0, 1), (1, 2)), x[0].t(), x.mT, x.mH, x[0].T, x[0].H, x.adjoint(),
    ]  # fmt: skip
    strides = [y.stride() for y in views]
    shared = [y.data_ptr() == x.data_ptr() for y in views]
    based = [y._base is x._base for y in views]


def every_part_below_is_a_view(torch):
    x = torch.arange(24.0).view(2, 3, 4)
    views = [
        x[0], x[:, 1:], x[..., ::2], x[None], x[:], x[...], x.select(1, 2), x.narrow(2, 1, 2),
        x.diagonal(), x.diagonal(1, 2, 0), x.unfold(2, 2, 1), x.as_strided((2, 2), (1, 2), 3),
        x.real, x.data, torch.select(x, 0, 1), torch.narrow(x, 0, 1, 1), torch.diagonal(x),
        torch.as_strided(x, (2,), (3,)), torch.linalg.diagonal(x),
    ]  # fmt: skip
    strides = [y.stride() for y in views]
    offsets = [y.storage_offset() for y in views]


def every_part_of_a_split_is_a_view(torch):
    x = torch.arange(24.0).view(2, 3, 4)
    parts = [
        *x.split(2, 2), *x.split([1, 2], 1), *x.chunk(3, 2), *x.unbind(1), *x.tensor_split(3, 2),
        *x.tensor_split((1, 3), 2), *x.hsplit(3), *x.vsplit(2), *x.dsplit(2),
        *x.split_with_sizes([1, 1]),
    ]  # fmt: skip
    strides = [y.stride() for y in parts]
    offsets = [y.storage_offset() for y in parts]
    based = [y._base is x._base for y in parts]


def narrow_starts_where_a_tensor_says(torch):
    x = torch.arange(6.0, requires_grad=True)
    y = x.narrow(0, torch.tensor(2), 3)
    z = x.narrow(0, -3, 2)


def diagonal_of_a_product_gets_a_gradient(torch):
    x = torch.arange(9.0, requires_grad=True)
    y = (x * x).view(3, 3).diagonal(1)
    y.sum().backward()


def unfold_adds_gradients_where_windows_overlap(torch):
    x = torch.arange(5.0, requires_grad=True)
    y = x.unfold(0, 3, 1)
    y.sum().backward()


def unfold_steps_over_what_is_left(torch):
    x = torch.arange(7.0, requires_grad=True)
    y = x.unfold(0, 2, 3)
    strides = y.stride()
    y.sum().backward()


def unfold_of_a_number_is_one_window(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x.unfold(0, 1, 1)
    y.backward(torch.tensor([3.0]))


def as_strided_counts_from_the_start_of_the_memory(torch):
    x = torch.arange(6.0, requires_grad=True)
    y = x[2:].as_strided((2,), (3,), 0)
    y.sum().backward()


def as_strided_adds_gradients_of_one_place(torch):
    x = torch.arange(4.0, requires_grad=True)
    y = x.as_strided((3, 2), (1, 1))
    y.sum().backward()


def expand_sums_the_gradient(torch):
    x = torch.tensor([[1.0], [2.0]], requires_grad=True)
    y = x.expand(2, 3)
    strides = y.stride()
    y.sum().backward()


def expand_keeps_a_size_of_minus_one(torch):
    x = torch.tensor([[1.0], [2.0]])
    y = x.expand(3, -1, 2)
    z = x.expand(-1, 0)


def squeeze_ignores_a_dimension_that_is_not_one(torch):
    x = torch.ones(2, 1, requires_grad=True)
    y = [x.squeeze(0), x.squeeze(1), x.squeeze(-1), x.squeeze((0, 1)), x.squeeze()]


def unflatten_infers_one_size(torch):
    x = torch.arange(12.0, requires_grad=True)
    y = x.unflatten(0, (3, -1, 2))
    y.sum().backward()


def movedim_permutes(torch):
    x = torch.ones(2, 3, 4, requires_grad=True)
    y = x.movedim((0, 2), (2, 0))
    names = [y.grad_fn.name(), x.moveaxis(0, 1).grad_fn.name()]


def swapaxes_is_transpose(torch):
    x = torch.ones(2, 3, requires_grad=True)
    y = x.swapaxes(0, 1)
    z = x.adjoint()


def view_with_a_dtype_reads_the_same_bytes(torch):
    x = torch.tensor([1.0, -2.0])
    y = x.view(torch.int32)
    z = x.view(torch.int16)
    w = x.view(torch.float64)
    y[0] = 0
    views = [y._base is x, z._is_view()]


def view_with_a_dtype_is_not_differentiable(torch):
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    y = (x * 1).view(torch.int32)
    flags = [y.requires_grad, y._is_view()]


def view_with_the_same_dtype_is_an_alias(torch):
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    y = (x * 1).view(torch.float32)
    name = y.grad_fn.name()


def view_with_a_wider_dtype_needs_a_size_that_divides(torch):
    x = torch.ones(3)
    y = x.view(torch.float64)


def view_with_a_wider_dtype_needs_neighbours_in_memory(torch):
    x = torch.ones(4, 2).t()
    y = x.view(torch.float64)


def view_with_a_wider_dtype_needs_an_even_offset(torch):
    x = torch.ones(5)[1:]
    y = x.view(torch.float64)


def view_as_takes_a_shape(torch):
    x = torch.arange(4.0, requires_grad=True)
    y = x.view_as(torch.ones(2, 2))


def a_view_needs_sizes_that_multiply_to_the_number_of_elements(torch):
    x = torch.ones(2, 3)
    y = x.view(2, 2)


def only_one_size_can_be_inferred(torch):
    x = torch.ones(2, 3)
    y = x.view(-1, -1)


def a_size_cannot_be_less_than_minus_one(torch):
    x = torch.ones(2, 3)
    y = x.view(-2, 3)


def no_size_can_be_inferred_of_nothing(torch):
    x = torch.ones(0, 3)
    y = x.view(0, -1)


def a_column_cannot_be_viewed_as_a_row_of_all(torch):
    x = torch.ones(2, 3).t()
    y = x.view(-1)


def expand_cannot_shrink(torch):
    x = torch.ones(2, 3)
    y = x.expand(3)


def expand_needs_a_size_for_a_new_dimension(torch):
    x = torch.ones(3)
    y = x.expand(-1, 3)


def expand_takes_no_other_negative_size(torch):
    x = torch.ones(1, 3)
    y = x.expand(-2, 3)


def narrow_stays_within(torch):
    x = torch.ones(5)
    y = x.narrow(0, 3, 3)


def narrow_takes_no_negative_length(torch):
    x = torch.ones(5)
    y = x.narrow(0, 3, -1)


def narrow_needs_a_dimension(torch):
    x = torch.tensor(1.0)
    y = x.narrow(0, 0, 1)


def narrow_starts_within(torch):
    x = torch.ones(5)
    y = x.narrow(0, 6, 0)


def select_needs_a_dimension(torch):
    x = torch.tensor(1.0)
    y = x.select(0, 0)


def select_stays_within(torch):
    x = torch.ones(2, 3)
    y = x.select(1, 3)


def diagonal_needs_two_dimensions(torch):
    x = torch.ones(3, 3)
    y = x.diagonal(0, 1, -1)


def unfold_windows_fit(torch):
    x = torch.ones(3)
    y = x.unfold(0, 4, 1)


def unfold_windows_have_a_step(torch):
    x = torch.ones(3)
    y = x.unfold(0, 2, 0)


def unfold_windows_have_a_size(torch):
    x = torch.ones(3)
    y = x.unfold(0, -1, 1)


def as_strided_stays_within_the_memory(torch):
    x = torch.ones(3)
    y = x.as_strided((2, 2), (2, 1), 1)


def as_strided_takes_as_many_strides_as_sizes(torch):
    x = torch.ones(3)
    y = x.as_strided((2, 2), (1,))


def as_strided_takes_no_negative_stride(torch):
    x = torch.ones(3)
    y = x.as_strided((2,), (-1,), 2)


def transpose_takes_dimensions_that_are_there(torch):
    x = torch.ones(2, 3)
    y = x.transpose(0, 2)


def t_takes_at_most_two_dimensions(torch):
    x = torch.ones(2, 3, 4)
    y = x.t()


def adjoints_take_matrices(torch):
    x = torch.ones(3)
    y = x.mH


def the_transposed_property_of_matrices_takes_matrices(torch):
    x = torch.ones(3)
    y = x.mT


def the_adjoint_property_takes_two_dimensions(torch):
    x = torch.ones(2, 3, 4)
    y = x.H


def the_reversal_of_dimensions_is_deprecated_but_for_two(torch):
    x = torch.ones(2, 3, 4)
    y = x.T


def permute_takes_every_dimension(torch):
    x = torch.ones(2, 3, 4)
    y = x.permute(0, 1)


def permute_takes_each_dimension_once(torch):
    x = torch.ones(2, 3, 4)
    y = x.permute(0, 1, 1)


def movedim_moves_each_dimension_once(torch):
    x = torch.ones(2, 3, 4)
    y = x.movedim((0, 0), (1, 2))


def movedim_moves_to_each_place_once(torch):
    x = torch.ones(2, 3, 4)
    y = x.movedim((0, 1), (2, 2))


def movedim_takes_as_many_places_as_dimensions(torch):
    x = torch.ones(2, 3, 4)
    y = x.movedim((0, 1), (2,))


def unsqueeze_takes_a_place_that_is_there(torch):
    x = torch.ones(2, 3)
    y = x.unsqueeze(3)


def squeeze_takes_a_dimension_that_is_there(torch):
    x = torch.ones(2, 1)
    y = x.squeeze(2)


def unflatten_takes_sizes_that_multiply(torch):
    x = torch.ones(6)
    y = x.unflatten(0, (2, 2))


def unflatten_takes_at_least_one_size(torch):
    x = torch.ones(6)
    y = x.unflatten(0, ())


def flatten_takes_dimensions_in_order(torch):
    x = torch.ones(2, 3)
    y = x.flatten(1, 0)


def split_takes_parts_of_a_size(torch):
    x = torch.ones(6)
    y = x.split(-1)


def split_of_something_takes_no_empty_parts(torch):
    x = torch.ones(6)
    y = x.split(0)


def split_takes_sizes_that_add_up(torch):
    x = torch.ones(6)
    y = x.split([2, 3])


def split_takes_no_negative_sizes(torch):
    x = torch.ones(6)
    y = x.split([7, -1])


def split_needs_a_dimension(torch):
    x = torch.tensor(1.0)
    y = x.split(1)


def chunk_takes_a_number_of_parts(torch):
    x = torch.ones(6)
    y = x.chunk(0)


def chunk_may_give_fewer_parts(torch):
    x = torch.arange(5.0, requires_grad=True)
    y = x.chunk(4)
    y[2].sum().backward()


def chunk_needs_a_dimension(torch):
    x = torch.tensor(1.0)
    y = x.chunk(1)


def unbind_needs_a_dimension(torch):
    x = torch.tensor(1.0)
    y = x.unbind()


def tensor_split_spreads_what_is_left(torch):
    x = torch.arange(7.0, requires_grad=True)
    y = x.tensor_split(3)
    y[0].sum().backward()


def tensor_split_takes_at_least_one_part(torch):
    x = torch.ones(6)
    y = x.tensor_split(0)


def tensor_split_may_be_empty_between_positions(torch):
    x = torch.arange(5.0)
    y = x.tensor_split((3, 1, 9))
    z = x.tensor_split(torch.tensor([1, 2]))


def hsplit_needs_parts_of_one_size(torch):
    x = torch.ones(2, 3)
    y = x.hsplit(2)


def hsplit_needs_a_dimension(torch):
    x = torch.tensor(1.0)
    y = x.hsplit(1)


def vsplit_needs_two_dimensions(torch):
    x = torch.ones(4)
    y = x.vsplit(2)


def dsplit_needs_three_dimensions(torch):
    x = torch.ones(4, 2)
    y = x.dsplit(2)


def parts_of_a_split_have_one_node(torch):
    x = torch.arange(6.0, requires_grad=True)
    a, b = (x * 1).split(3)
    same = a.grad_fn is b.grad_fn
    numbers = [a.output_nr, b.output_nr]
    (b * b).sum().backward()


def parts_of_a_chunk_are_a_split(torch):
    x = torch.arange(6.0, requires_grad=True)
    names = [
        x.chunk(2)[0].grad_fn.name(),
        x.split([2, 4])[0].grad_fn.name(),
        x.unbind()[0].grad_fn.name(),
    ]
    others = [x.tensor_split(2)[0].grad_fn.name(), x.hsplit(2)[0].grad_fn.name()]


def is_set_to_compares_memory_and_geometry(torch):
    x = torch.arange(4.0)
    same = [x.is_set_to(x), x.is_set_to(x[:]), x.is_set_to(x[1:]), x.is_set_to(x.clone())]


def views_share_a_storage(torch):
    x = torch.arange(4.0)
    y = x[2:]
    places = [
        y.data_ptr() - x.data_ptr(),
        y.untyped_storage().data_ptr() - x.untyped_storage().data_ptr(),
    ]
    sizes = [
        x.untyped_storage().nbytes(),
        y.untyped_storage().nbytes(),
        x.clone().untyped_storage().size(),
    ]


def views_count_elements_of_the_storage(torch):
    x = torch.arange(24.0).view(2, 3, 4)
    y = x[1].t()[2:, ::2]
    geometry = [
        y.stride(),
        y.storage_offset(),
        y.is_contiguous(),
        y.stride(0),
        y.element_size(),
        y.nbytes,
    ]


def data_is_another_tensor_on_the_same_memory(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.data
    y[0] = 5.0
    seen = [y.requires_grad, y is x.data, y._version, x._version, y._base is None]


def data_can_be_replaced(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.data = torch.tensor([3.0, 4.0, 5.0])
    (x * x).sum().backward()


def a_replacement_of_data_shares_its_memory(torch):
    x = torch.tensor([1.0, 2.0])
    y = torch.tensor([3.0, 4.0])
    x.data = y
    y[0] = 7.0
    versions = [x._version, y._version]


def data_of_another_kind_cannot_replace_data(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.data = torch.tensor([3, 4])


def data_of_another_floating_dtype_can_replace_data(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.data = torch.tensor([3.0, 4.0], dtype=torch.float64)
    (x * x).sum().backward()


def data_is_replaced_by_a_tensor_alone(torch):
    x = torch.tensor([1.0, 2.0])
    x.data = [3.0, 4.0]


def data_cannot_be_deleted(torch):
    x = torch.tensor([1.0, 2.0])
    del x.data


def a_step_of_an_optimizer_through_data_keeps_the_leaf(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    x.data -= 0.1 * x.grad
    leaf = [x.is_leaf, x._version]


def set_takes_the_memory_of_another_tensor(torch):
    x = torch.tensor([1.0, 2.0])
    y = torch.tensor([[3.0, 4.0], [5.0, 6.0]])
    x.set_(y)
    y[0, 0] = 9.0
    shared = [x.is_set_to(y), x._version, y._version]


def set_without_anything_empties(torch):
    x = torch.tensor([1.0, 2.0])
    y = x.set_()


def set_takes_a_storage_with_a_geometry(torch):
    x = torch.arange(6.0)
    y = torch.ones(2)
    y.set_(x.untyped_storage(), 1, (2, 2), (2, 1))


def set_keeps_the_dtype(torch):
    x = torch.tensor([1.0, 2.0])
    x.set_(torch.tensor([1, 2]))


def resize_keeps_what_fits(torch):
    x = torch.arange(6.0)
    y = x.resize_(2, 2)
    same = y is x


def resize_back_finds_what_was_there(torch):
    x = torch.arange(6.0)
    x.resize_(2)
    x.resize_(3, 2)
    version = x._version


def resize_needs_a_tensor_without_gradient(torch):
    x = torch.arange(6.0, requires_grad=True)
    x.resize_(2, 2)


def resize_as_takes_the_shape_of_another(torch):
    x = torch.arange(6.0)
    x.resize_as_(torch.ones(2, 3))


def detach_in_place_makes_a_leaf(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    same = y.detach_() is y
    flags = [y.requires_grad, y.is_leaf]


def detach_in_place_of_a_leaf_stops_its_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.detach_()
    needs = x.requires_grad


def a_view_of_what_needs_no_gradient_cannot_be_detached_in_place_either(torch):
    x = torch.tensor([1.0, 2.0])
    x[1:].detach_()


def a_view_may_start_to_require_grad(torch):
    """The view is a leaf then, and its base gets nothing."""
    x = torch.tensor([1.0, 2.0])
    y = x[1:]
    y.requires_grad_()
    (y * y).sum().backward()


def a_view_that_requires_grad_alone_may_not_be_written(torch):
    x = torch.tensor([1.0, 2.0])
    y = x[1:].requires_grad_()
    y.mul_(2)


def a_base_may_start_to_require_grad_after_its_view_was_made(torch):
    x = torch.tensor([1.0, 2.0])
    y = x[1:]
    x.requires_grad_()
    flags = [y.requires_grad, y.is_leaf, y.grad_fn is None]


def a_view_that_does_not_require_grad_stays_so_if_its_base_changes(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        y = x[1:]
    flags = [y.requires_grad, y.is_leaf, y._base is x]


def a_view_of_a_non_leaf_cannot_stop_requiring_grad(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * 1)[1:]
    y.requires_grad_(False)


def a_view_of_a_leaf_is_not_a_leaf(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x[1:]
    flags = [y.is_leaf, y.requires_grad]
    y.sum().backward()


def memory_is_shared_with_numpy(torch):
    x = torch.tensor([1.0, 2.0])
    a = x.numpy()
    a[0] = 7.0
    version = x._version


def memory_of_an_array_is_shared(torch):
    a = torch.ones(2).numpy()
    x = torch.from_numpy(a)
    x.add_(1)
    items = a.tolist()


def a_view_keeps_its_base_alive(torch):
    y = torch.arange(4.0)[2:]
    base = y._base


def iteration_gives_views(torch):
    x = torch.arange(4.0).view(2, 2)
    rows = list(x)
    rows[0].zero_()
    based = [row._base is x._base for row in rows]
