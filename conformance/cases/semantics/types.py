"""Types: the dtype of a result.

A result has the dtype that both operands can be promoted to, but a Python number or a tensor
without dimensions only counts when its kind (bool, integer, floating point) is the higher one.
Only floating point carries gradients.
"""


def python_values_have_a_default_dtype(torch):
    a = torch.tensor(1.0)
    b = torch.tensor(1)
    c = torch.tensor(True)


def one_float_makes_the_whole_list_float(torch):
    x = torch.tensor([1, 2.5])
    y = torch.tensor([True, 2])


def a_list_of_nothing_is_float(torch):
    x = torch.tensor([])


def a_range_has_the_type_of_its_ends(torch):
    a = torch.arange(3)
    b = torch.arange(0.0, 1.0, 0.25)
    c = torch.arange(3, dtype=torch.float32)


def full_has_the_type_of_its_value(torch):
    a = torch.full((2,), 3)
    b = torch.full((2,), 0.5)
    c = torch.full((2,), True)


def like_functions_keep_the_dtype(torch):
    x = torch.tensor([1, 2])
    a = torch.ones_like(x)
    b = torch.zeros_like(x, dtype=torch.float64)


def an_integer_and_a_float_give_a_float(torch):
    x = torch.tensor([1, 2])
    a = x + 0.5
    b = x * torch.tensor([0.5, 0.25])


def the_wider_of_two_floats_wins(torch):
    x = torch.tensor([1.0, 2.0])
    y = x + torch.tensor([0.5, 0.25], dtype=torch.float64)
    z = x + torch.tensor([0.5, 0.25], dtype=torch.float16)


def a_number_does_not_widen_a_tensor(torch):
    x = torch.tensor([1, 2], dtype=torch.int8) + 3
    y = torch.tensor([1.0, 2.0], dtype=torch.float16) * 0.5


def a_tensor_without_dimensions_does_not_widen_either(torch):
    x = torch.tensor([1.0, 2.0])
    y = x * torch.tensor(0.5, dtype=torch.float64)


def a_tensor_without_dimensions_of_a_higher_kind_decides(torch):
    """A Python number of a higher kind brings the default dtype; a tensor brings its own."""
    x = torch.tensor([1, 2])
    y = x * torch.tensor(0.5, dtype=torch.float64)
    z = x * 0.5


def integers_widen_and_unsigned_meets_signed(torch):
    a = torch.tensor([1], dtype=torch.int8) + torch.tensor([1], dtype=torch.int32)
    b = torch.tensor([1], dtype=torch.uint8) + torch.tensor([1], dtype=torch.int8)


def integers_wrap_around(torch):
    a = torch.tensor([200], dtype=torch.uint8) + 100
    b = torch.tensor([100], dtype=torch.int8) + 100


def bool_counts_as_a_number(torch):
    x = torch.tensor([True, False])
    a = x + 1
    b = x * 0.5
    c = x.sum()


def integers_divide_to_float(torch):
    x = torch.tensor([3, 4])
    y = x / 2
    z = x / torch.tensor([2, 4])


def floor_division_rounds_down(torch):
    x = torch.tensor([7, -7])
    y = x // 2
    z = torch.tensor([7.0, -7.0]) // 2


def the_remainder_has_the_sign_of_the_divisor(torch):
    x = torch.tensor([7, -7])
    y = x % 3
    z = x % -3
    w = torch.tensor([7.5, -7.5]) % 2


def integers_to_an_integer_power_stay_integers(torch):
    x = torch.tensor([1, 4])
    y = x**2
    z = 2**x
    w = x**0.5


def integers_have_no_negative_powers(torch):
    x = torch.tensor([2, 3])
    y = x**-1


def integers_are_summed_in_int64(torch):
    x = torch.tensor([100, 100], dtype=torch.int8)
    total = x.sum()
    product = x.prod()


def integers_have_no_mean(torch):
    x = torch.tensor([1, 2])
    y = x.mean()


def functions_of_integers_are_float(torch):
    x = torch.tensor([1, 4])
    y = x.sqrt()
    z = torch.tensor([0]).exp()


def comparisons_are_bool(torch):
    x = torch.tensor([1.0, 2.0, 3.0])
    a = x > 1.5
    b = x == torch.tensor([1.0, 0.0, 3.0])
    c = torch.tensor([1, 2]) <= 1


def nan_equals_nothing(torch):
    x = torch.tensor([float("nan"), 1.0])
    a = x == x
    b = x != x


def positions_are_int64(torch):
    x = torch.tensor([1.0, 3.0, 2.0])
    a = x.argmax()
    b = x.sort()[1]
    c = (x > 1.5).nonzero()


def floats_become_integers_towards_zero(torch):
    x = torch.tensor([1.75, -1.75]).long()
    y = torch.tensor([0.0, 0.5, -2.0]).bool()


def halves_round_to_even(torch):
    x = torch.tensor([0.5, 1.5, 2.5, -0.5])
    y = x.round()


def cat_promotes(torch):
    y = torch.cat([torch.tensor([1.0]), torch.tensor([2])])


def where_promotes(torch):
    mask = torch.tensor([True, False])
    y = torch.where(mask, torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0], dtype=torch.float64))


def a_matrix_product_does_not_promote(torch):
    x = torch.tensor([[1.0, 2.0]])
    w = torch.tensor([[3.0], [4.0]], dtype=torch.float64)
    y = x @ w


def an_operation_in_place_keeps_the_dtype(torch):
    x = torch.tensor([1.0, 2.0])
    x.add_(torch.tensor([0.5, 0.25], dtype=torch.float64))


def an_operation_in_place_cannot_turn_integers_into_floats(torch):
    x = torch.tensor([1, 2])
    x += 0.5


def an_assignment_converts_silently(torch):
    x = torch.tensor([1, 2])
    x[0] = 3.75


def python_numbers_come_back_as_they_are(torch):
    a = torch.tensor(0.5).item()
    b = torch.tensor(3).item()
    c = torch.tensor(True).item()
    d = torch.tensor([[1, 2], [3, 4]]).tolist()
    e = [float(torch.tensor(3)), int(torch.tensor([2.75])), bool(torch.tensor([0.0]))]


def integers_cannot_require_grad(torch):
    x = torch.tensor([1, 2], requires_grad=True)


def integers_cannot_be_made_to_require_grad(torch):
    x = torch.tensor([1, 2])
    x.requires_grad_()


def a_conversion_to_integers_leaves_the_graph(torch):
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    y = x.long()


def a_gradient_is_converted_back_on_its_way(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.double() * 3
    y.sum().backward()


def half_precision_has_half_precision_gradients(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float16, requires_grad=True)
    (x * x).sum().backward()


def an_integer_factor_takes_no_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    n = torch.tensor([2, 3])
    y = x * n
    y.sum().backward()
