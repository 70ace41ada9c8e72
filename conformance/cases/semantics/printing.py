"""Printing: what a tensor looks like.

All elements of a tensor are printed alike: the widest decides the width, the values decide between
plain and scientific notation. What is not the default (dtype, gradients) is named at the end.
"""


def floats_have_four_digits(torch):
    print(torch.tensor([1.5, 2.25, 3.14159265]))


def whole_floats_have_a_bare_point(torch):
    print(torch.tensor([1.0, 2.0, 3.0]))


def one_fraction_gives_all_their_digits(torch):
    print(torch.tensor([1.0, 2.5]))


def the_widest_element_decides_the_width(torch):
    print(torch.tensor([1.0, -20.0, 300.0]))
    print(torch.tensor([0.5, -20.25]))
    print(torch.tensor([1, -20, 300]))


def a_tensor_without_dimensions_has_no_brackets(torch):
    print(torch.tensor(1.5))
    print(torch.tensor(3))
    print(torch.tensor(True))


def rows_stand_below_each_other(torch):
    print(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))


def matrices_are_parted_by_an_empty_line(torch):
    print(torch.arange(12).view(2, 2, 3))


def small_values_are_printed_in_scientific_notation(torch):
    print(torch.tensor([0.00001]))
    print(torch.tensor([0.5, 0.00005]))


def large_values_are_printed_in_scientific_notation(torch):
    print(torch.tensor([123456789.0]))
    print(torch.tensor([1000000000.0, 1.0]))
    print(torch.tensor([100000.5]))


def a_wide_range_is_printed_in_scientific_notation(torch):
    print(torch.tensor([1.5, 1000.0]))
    print(torch.tensor([1.5, 10000.0]))
    print(torch.tensor([1.0, 10000.0]))


def whole_floats_are_plain_up_to_a_hundred_million(torch):
    print(torch.tensor([100000000.0]))
    print(torch.tensor([200000000.0]))


def integers_are_never_scientific(torch):
    print(torch.tensor([1, 1000000000000]))


def zeros_do_not_count_in_the_range(torch):
    print(torch.tensor([0.0, 0.5, 100.5]))
    print(torch.tensor([0.0, 10000.0]))


def zero_keeps_its_sign(torch):
    print(torch.tensor([0.0, -0.0]))


def nan_and_inf_are_words(torch):
    print(torch.tensor([1.0, float("nan"), float("inf"), -float("inf")]))
    print(torch.tensor([float("nan"), 0.5]))
    print(torch.tensor(float("nan")))


def bools_are_words(torch):
    print(torch.tensor([True, False]))


def an_empty_tensor_shows_its_shape_when_it_is_not_plain(torch):
    print(torch.tensor([]))
    print(torch.zeros(0, 3))
    print(torch.zeros(2, 0, dtype=torch.int64))


def other_dtypes_are_named(torch):
    print(torch.tensor([1.5], dtype=torch.float64))
    print(torch.tensor([1.5], dtype=torch.float16))
    print(torch.tensor([1], dtype=torch.int32))
    print(torch.tensor([1], dtype=torch.uint8))


def requires_grad_is_named(torch):
    print(torch.tensor([1.5], requires_grad=True))
    print(torch.tensor([1.5], dtype=torch.float64, requires_grad=True))


def the_node_of_a_result_is_named(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    print(x.sum())
    print(x + 1)
    print(x.double() * 2)


def a_base_written_through_a_view_names_copy_slices(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y[0] = 0.0
    print(y)


def long_rows_are_wrapped_at_eighty_columns(torch):
    print(torch.arange(30))
    print(torch.arange(20) / 4.0)


def long_rows_of_a_matrix_are_wrapped_too(torch):
    print(torch.arange(60.0).view(2, 30) / 8)


def more_than_a_thousand_elements_are_summarised(torch):
    print(torch.arange(1000).sum())
    print(torch.arange(1001))
    print(torch.arange(1001.0) / 4)


def a_large_matrix_shows_its_corners(torch):
    print(torch.arange(1600).view(40, 40))


def a_large_matrix_with_few_columns_shows_them_all(torch):
    print(torch.arange(1200).view(300, 4))


def the_elements_left_out_do_not_decide_the_width(torch):
    x = torch.zeros(2000)
    x[1000] = 12345.5
    print(x)


def str_and_repr_and_format_agree(torch):
    x = torch.tensor([1.0, 2.5])
    print(str(x) == repr(x))
    print(f"{x}")


def a_format_applies_to_a_tensor_without_dimensions(torch):
    print(f"{torch.tensor(1.5):.2f} {torch.tensor(3):d}")


def tensors_in_a_list_are_printed_as_they_are(torch):
    print([torch.tensor(1.5), torch.tensor([2, 3])])


def shapes_and_dtypes_have_names(torch):
    x = torch.zeros(2, 3)
    print(x.shape, x.size(), x.size(0))
    print(x.dtype, torch.int64, torch.bool)


def complex_numbers_have_two_parts(torch):
    print(torch.tensor([1 + 2j, -0.5j]))
    print(torch.tensor([1e-6 + 1e6j]))
    print(torch.tensor(1 - 1j))
    print(torch.tensor([1 + 2j], dtype=torch.complex128))


def complex_nan_and_inf_are_words_too(torch):
    print(torch.tensor([complex(float("nan"), 1), complex(0, float("inf"))]))


def sixteen_bit_floats_print_their_value(torch):
    print(torch.tensor([0.1, 1000.0], dtype=torch.float16))
    print(torch.tensor([0.1, 3.0], dtype=torch.bfloat16))


def precision_is_an_option(torch):
    torch.set_printoptions(precision=2)
    print(torch.tensor([1.5, 3.14159]))
    torch.set_printoptions(profile="default")


def scientific_notation_can_be_forced_or_forbidden(torch):
    x = torch.tensor([1.5, 100000.5])
    torch.set_printoptions(sci_mode=True)
    print(torch.tensor([1.5]))
    torch.set_printoptions(sci_mode=False)
    print(x)
    torch.set_printoptions(profile="default")
    print(x)


def a_threshold_decides_what_is_summarised(torch):
    torch.set_printoptions(threshold=5, edgeitems=1)
    print(torch.arange(6))
    print(torch.arange(12).view(3, 4))
    torch.set_printoptions(profile="default")


def the_line_width_is_an_option(torch):
    torch.set_printoptions(linewidth=30)
    print(torch.arange(12))
    print(torch.tensor([1.5], dtype=torch.float64, requires_grad=True))
    torch.set_printoptions(profile="default")


def profiles_set_several_options(torch):
    torch.set_printoptions(profile="short")
    print(torch.arange(1001.0) / 3)
    torch.set_printoptions(profile="full")
    print(torch.zeros(2))
    torch.set_printoptions(profile="default")


def many_dimensions_are_parted_by_more_lines(torch):
    print(torch.arange(16).view(2, 2, 2, 2))


def an_empty_tensor_names_its_dtype(torch):
    print(torch.zeros(0, dtype=torch.int64))
    print(torch.zeros(0, 2, requires_grad=True))
    print(torch.zeros(2, 0, dtype=torch.float64))


def views_name_the_node_of_the_view(torch):
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    print(x.t())
    print((x * 2)[0])
    print(x.exp().mul_(2))


def a_node_without_derivative_has_no_other_name(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    print(x.floor_divide(2))


def named_results_print_their_fields(torch):
    print(torch.tensor([[1.0, 2.0]]).max(1))


def tensors_in_a_dict_are_printed_as_they_are(torch):
    print({"a": torch.tensor([1.5]), "b": (torch.tensor(2), torch.zeros(0))})


def all_nan_and_inf_need_little_room(torch):
    print(torch.tensor([float("inf"), float("-inf")]))
    print(torch.tensor([float("nan")] * 3))
    print(torch.tensor([float("inf"), 1e-5]))


def the_other_default_dtype_needs_no_name(torch):
    torch.set_default_dtype(torch.float64)
    print(torch.tensor([1.5]), torch.tensor([1.5], dtype=torch.float32))
    torch.set_default_dtype(torch.float32)
