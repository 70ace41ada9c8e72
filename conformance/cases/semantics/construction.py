"""Construction: what a new tensor holds.

The values decide the dtype, unless it is given; the memory is the tensor's own, unless it is
NumPy's; and a new tensor is a leaf.
"""


def nested_lists_give_dimensions(torch):
    x = torch.tensor([[[1.0, 2.0]], [[3.0, 4.0]]])


def the_highest_kind_in_a_list_decides(torch):
    a = torch.tensor([True, 2])
    b = torch.tensor([True, 2.5])
    c = torch.tensor([1, 2j])


def an_empty_list_has_a_size_all_the_same(torch):
    a = torch.tensor([[], []])
    b = torch.tensor([[[]]])


def tensors_of_one_element_count_as_numbers(torch):
    a = torch.tensor([torch.tensor(1), torch.tensor(2.5)])
    b = torch.tensor([torch.tensor([[1.0]]), 2])


def tensors_of_several_elements_do_not(torch):
    a = torch.tensor([torch.tensor([1.0, 2.0])])


def a_tensor_is_copied_with_a_warning(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.tensor(x)


def as_tensor_returns_a_tensor_as_it_is(torch):
    x = torch.tensor([1.0, 2.0])
    same = torch.as_tensor(x) is x
    y = torch.as_tensor(x, dtype=torch.float64)


def as_tensor_keeps_the_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.as_tensor(x, dtype=torch.float64)


def asarray_can_be_told_to_copy(torch):
    x = torch.tensor([1.0, 2.0])
    a = torch.asarray(x, copy=True)
    a[0] = 5.0
    b = torch.asarray(x)
    b[1] = 6.0


def asarray_refuses_to_share_what_cannot_be_shared(torch):
    x = torch.asarray(torch.tensor([1.0]), dtype=torch.float64, copy=False)


def asarray_can_cut_the_graph(torch):
    """What it shares no longer requires a gradient either."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.asarray(x * 2, requires_grad=False)
    z = torch.asarray(x, requires_grad=False)


def an_item_that_is_too_short_is_refused(torch):
    x = torch.tensor([[1, 2], [3]])


def a_number_among_lists_is_refused(torch):
    x = torch.tensor([[1], 2])


def a_list_among_numbers_is_refused(torch):
    x = torch.tensor([1, [2]])


def text_among_numbers_is_refused(torch):
    x = torch.tensor(["a"])


def a_number_that_the_dtype_does_not_hold_is_refused(torch):
    x = torch.tensor(300, dtype=torch.uint8)


def a_complex_number_fits_no_real_dtype(torch):
    x = torch.tensor(1j, dtype=torch.float32)


def a_number_beyond_64_bits_is_refused(torch):
    x = torch.tensor(2**63)


def fractions_are_cut_off_where_the_dtype_is_whole(torch):
    x = torch.tensor([1.5, -1.5], dtype=torch.int64)


def python_types_stand_for_dtypes(torch):
    a = torch.tensor([1, 0], dtype=float)
    b = torch.tensor([1, 0], dtype=bool)
    c = torch.tensor([1.5, 0], dtype=int)
    d = torch.tensor([1], dtype=complex)


def the_default_dtype_is_that_of_python_floats(torch):
    torch.set_default_dtype(torch.float64)
    a = torch.tensor([1.0])
    b = torch.zeros(2)
    c = torch.tensor([1j])
    d = torch.tensor([1]) / 2
    torch.set_default_dtype(torch.float32)


def only_a_float_can_be_the_default_dtype(torch):
    torch.set_default_dtype(torch.int64)


def whole_tensors_cannot_require_grad(torch):
    x = torch.zeros(2, dtype=torch.int64, requires_grad=True)


def a_size_is_one_sequence_or_several_numbers(torch):
    a = torch.zeros(2, 3)
    b = torch.zeros((2, 3))
    c = torch.zeros(size=[2, 3])
    d = torch.zeros(())


def sizes_are_not_negative(torch):
    x = torch.ones(2, -1)


def a_size_is_not_fractional(torch):
    x = torch.ones(2, 3.5)


def like_functions_keep_the_strides_of_dense_tensors(torch):
    x = torch.ones(2, 3).t()
    a = torch.zeros_like(x)
    b = torch.zeros_like(torch.ones(4, 3)[:, ::2])
    c = torch.zeros_like(torch.ones(3).expand(2, 3))


def like_functions_take_no_gradient_over(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a = torch.ones_like(x)
    b = torch.ones_like(x, requires_grad=True)


def new_functions_take_the_dtype_of_their_tensor(torch):
    x = torch.tensor([1], dtype=torch.int16)
    a = x.new_zeros(2)
    b = x.new_ones((2,), dtype=torch.float64)
    c = x.new_full((2,), 3.5)
    d = x.new_tensor([1.5, 2.5])


def full_takes_a_tensor_without_dimensions(torch):
    a = torch.full((2,), torch.tensor(3))
    b = torch.full((2,), 1j)


def full_refuses_what_the_dtype_does_not_hold(torch):
    x = torch.full((2,), 300, dtype=torch.uint8)


def a_stride_can_be_asked_for(torch):
    x = torch.empty_strided((2, 3), (1, 2))
    x.fill_(1.0)


def there_is_a_stride_for_each_size(torch):
    x = torch.empty_strided((2,), (1, 2))


def a_range_leaves_out_its_end(torch):
    a = torch.arange(1, 10, 3)
    b = torch.arange(10, 1, -3)
    c = torch.arange(0, 1, 0.25)
    d = torch.arange(2.5)


def a_range_of_fractions_is_computed_in_double(torch):
    """Blocks of eight go on from a rounded number."""
    x = torch.arange(0, 10, 0.1)


def a_step_must_lead_to_the_end(torch):
    x = torch.arange(0, 5, -1)


def a_step_is_not_zero(torch):
    x = torch.arange(0, 5, 0)


def a_range_has_ends(torch):
    x = torch.arange(float("inf"))


def range_has_its_end_and_a_warning(torch):
    x = torch.range(1, 4)


def linspace_is_symmetric(torch):
    x = torch.linspace(0, 1, 7)
    y = torch.linspace(-10, 10, 33)
    z = torch.linspace(0, 10, 4, dtype=torch.int64)


def linspace_of_one_step_is_its_start(torch):
    a = torch.linspace(2, 3, 1)
    b = torch.linspace(2, 3, 0)


def linspace_takes_tensors_without_dimensions(torch):
    a = torch.linspace(torch.tensor(1.0), 2, 3)
    b = torch.linspace(torch.tensor([1.0]), 2, 3)


def a_number_of_steps_is_not_negative(torch):
    x = torch.linspace(0, 1, -1)


def eye_may_be_oblong(torch):
    a = torch.eye(2, 3)
    b = torch.eye(2, dtype=torch.bool)


def triangles_have_indices(torch):
    a = torch.tril_indices(3, 3, -1)
    b = torch.triu_indices(2, 3)


def parts_make_a_complex_number(torch):
    re = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.complex(re, torch.tensor([3.0, 4.0]))
    y.real.sum().backward()


def parts_have_one_dtype(torch):
    y = torch.complex(torch.tensor([1.0]), torch.tensor([3.0], dtype=torch.float64))


def a_scalar_tensor_has_the_default_dtype(torch):
    a = torch.scalar_tensor(3)
    b = torch.scalar_tensor(3.5, dtype=torch.int64)
