"""Forward mode: tangents travel with the values.

A dual tensor is a value with a tangent: how the value moves when the inputs move as their tangents
say. Every operation carries both, so a directional derivative is there as soon as the value is; no
graph is needed. Tangents live within a `dual_level`.
"""


def a_dual_tensor_carries_a_value_and_a_tangent(torch):
    fw = torch.autograd.forward_ad
    x, t = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0])
    with fw.dual_level():
        dual = fw.make_dual(x, t)
        primal, tangent = fw.unpack_dual(dual)


def operations_carry_tangents_along(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
        y = fw.unpack_dual(x * x).tangent
        z = fw.unpack_dual((x * x).sum()).tangent


def both_factors_of_a_product_move(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.tensor(2.0), torch.tensor(1.0))
        y = fw.make_dual(torch.tensor(3.0), torch.tensor(10.0))
        product = fw.unpack_dual(x * y).tangent


def a_constant_does_not_move(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
        moved = fw.unpack_dual(x * torch.tensor([3.0, 4.0])).tangent
        at_rest = fw.unpack_dual(torch.tensor([3.0, 4.0]))


def a_dual_tensor_prints_its_tangent(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
        print(x)
        print((x * x).sum())
    print(x)


def dual_level_yields_the_number_of_the_level(torch):
    with torch.autograd.forward_ad.dual_level() as level:
        number = level


def a_level_that_ends_takes_the_tangents_with_it(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.tensor([1.0]), torch.tensor([10.0]))
        y = x * x
    after = fw.unpack_dual(y)
    with fw.dual_level():
        later = fw.unpack_dual(y).tangent


def outside_of_any_level_nothing_is_unpacked(torch):
    x = torch.tensor([1.0])
    primal, tangent = torch.autograd.forward_ad.unpack_dual(x)
    same = primal is x


def make_dual_needs_a_level(torch):
    x = torch.tensor([1.0])
    torch.autograd.forward_ad.make_dual(x, x)


def levels_do_not_nest(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        fw.enter_dual_level()


def levels_are_entered_and_left_by_functions_as_well(torch):
    fw = torch.autograd.forward_ad
    level = fw.enter_dual_level()
    x = fw.make_dual(torch.tensor([2.0]), torch.tensor([10.0]))
    tangent = fw.unpack_dual(x * x).tangent
    fw.exit_dual_level(level=level)
    after = fw.unpack_dual(x).tangent


def only_the_last_level_entered_can_be_left(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        fw.exit_dual_level(level=1)


def what_was_not_entered_cannot_be_left(torch):
    torch.autograd.forward_ad.exit_dual_level()


def a_level_that_is_not_there_has_no_tangents_to_make(torch):
    fw = torch.autograd.forward_ad
    x = torch.tensor([1.0])
    with fw.dual_level():
        fw.make_dual(x, x, level=1)


def a_level_that_is_not_there_has_no_tangents_to_unpack(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.tensor([1.0]), torch.tensor([10.0]))
        at_rest = fw.unpack_dual(torch.tensor([1.0]), level=1)
        fw.unpack_dual(x, level=1)


def a_tangent_has_the_shape_of_its_value(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        fw.make_dual(torch.ones(2), torch.ones(3))


def an_integer_tensor_has_no_tangent(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        fw.make_dual(torch.tensor([1, 2]), torch.ones(2))


def a_tangent_is_no_integer_tensor(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        fw.make_dual(torch.ones(2), torch.tensor([1, 2]))


def a_dual_tensor_gets_no_second_tangent(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.ones(2), torch.ones(2))
        fw.make_dual(x, torch.ones(2))


def a_tangent_has_no_tangent_of_its_own(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.ones(2), torch.ones(2))
        fw.make_dual(torch.ones(2), x)


def only_tensors_are_unpacked(torch):
    with torch.autograd.forward_ad.dual_level():
        torch.autograd.forward_ad.unpack_dual(1.0)


def make_dual_keeps_the_tangent_itself_and_shows_the_value_as_a_view(torch):
    fw = torch.autograd.forward_ad
    x, t = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0])
    with fw.dual_level():
        dual = fw.make_dual(x, t)
        same_tangent = fw.unpack_dual(dual).tangent is t
        is_view = dual._is_view()
        x.mul_(3)
        seen = dual.tolist()


def unpacking_takes_the_tangent_off(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        dual = fw.make_dual(torch.tensor([1.0]), torch.tensor([10.0]))
        primal = fw.unpack_dual(dual).primal
        rest = fw.unpack_dual(primal).tangent
        still = fw.unpack_dual(dual).tangent


def what_is_unpacked_is_a_named_tuple(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        print(fw.unpack_dual(fw.make_dual(torch.tensor([1.0]), torch.tensor([10.0]))))


def detach_leaves_the_tangent_behind(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.tensor([1.0]), torch.tensor([10.0]))
        detached = fw.unpack_dual(x.detach()).tangent
        data = fw.unpack_dual(x.data).tangent


def no_grad_does_not_stop_forward_mode(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level(), torch.no_grad():
        x = fw.make_dual(torch.tensor([2.0]), torch.tensor([10.0]))
        tangent = fw.unpack_dual(x * x).tangent


def forward_mode_can_be_switched_off(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.tensor([2.0]), torch.tensor([10.0]))
        with fw._set_fwd_grad_enabled(False):
            y = x * x
            hidden = fw.unpack_dual(x).tangent
        without = fw.unpack_dual(y).tangent
        again = fw.unpack_dual(x).tangent


def what_is_not_differentiable_has_no_tangent(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
        comparison = fw.unpack_dual(x > 1).tangent
        place = fw.unpack_dual(x.argmax()).tangent
        integers = fw.unpack_dual(x.long()).tangent


def a_view_shows_its_part_of_the_tangent(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(
            torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[1.0, 2.0], [3.0, 4.0]]) * 10
        )
        row = fw.unpack_dual(x[0]).tangent
        turned = fw.unpack_dual(x.t()).tangent
        flat = fw.unpack_dual(x.view(4)[1:3]).tangent


def an_in_place_step_changes_the_tangent_too(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
        x.mul_(3)
        scaled = fw.unpack_dual(x).tangent.tolist()
        x.add_(x)
        doubled = fw.unpack_dual(x).tangent.tolist()


def an_in_place_step_changes_the_very_tensor_that_was_given_as_tangent(torch):
    fw = torch.autograd.forward_ad
    t = torch.tensor([1.0, 10.0])
    with fw.dual_level():
        fw.make_dual(torch.tensor([1.0, 2.0]), t).mul_(3)


def a_tensor_at_rest_takes_a_tangent_from_an_in_place_step(torch):
    fw = torch.autograd.forward_ad
    y = torch.zeros(2)
    with fw.dual_level():
        y += fw.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
        tangent = fw.unpack_dual(y).tangent


def an_in_place_step_on_a_view_reaches_the_tangent_of_its_base(torch):
    fw = torch.autograd.forward_ad
    y = torch.zeros(3)
    with fw.dual_level():
        y[1:].copy_(fw.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0])))
        tangent = fw.unpack_dual(y).tangent


def an_in_place_step_on_the_base_reaches_the_tangent_of_a_view(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.zeros(3), torch.tensor([1.0, 2.0, 3.0]))
        head, tail = x[:2], x[1:]
        tail.mul_(10)
        x.mul_(2)
        tangents = [fw.unpack_dual(v).tangent for v in (x, head, tail)]


def an_assignment_to_part_of_a_tensor_carries_the_tangent(torch):
    fw = torch.autograd.forward_ad
    y = torch.zeros(2, 2)
    with fw.dual_level():
        y[:, 1] = fw.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
        tangent = fw.unpack_dual(y).tangent


def a_tensor_that_is_overwritten_stands_still(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
        x.zero_()
        tangent = fw.unpack_dual(x).tangent


def a_change_of_dtype_changes_the_tangent_too(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
        double = fw.unpack_dual(x.double()).tangent
        promoted = fw.unpack_dual(x * torch.tensor([2.0, 3.0], dtype=torch.float64)).tangent


def every_output_has_a_tangent(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.tensor([3.0, 1.0, 2.0]), torch.tensor([1.0, 10.0, 100.0]))
        values, order = x.sort()
        sorted_ = fw.unpack_dual(values).tangent
        of_order = fw.unpack_dual(order).tangent
        parts = [fw.unpack_dual(part).tangent for part in x.split(2)]


def tangents_are_joined_as_values_are(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.tensor([1.0]), torch.tensor([10.0]))
        joined = fw.unpack_dual(torch.cat([torch.zeros(1), x, x * x])).tangent


def a_kink_moves_as_its_subgradient_says(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(torch.tensor([-1.0, 0.0, 1.0]), torch.tensor([10.0, 10.0, 10.0]))
        tangents = [fw.unpack_dual(f(x)).tangent for f in (torch.abs, torch.relu, torch.sign)]


def a_real_tangent_through_a_complex_function_is_complex(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        z = fw.make_dual(torch.tensor([1 + 2j]), torch.tensor([1j]))
        square = fw.unpack_dual(z * z).tangent
        size = fw.unpack_dual(z.abs() ** 2).tangent
        real = fw.unpack_dual(z.real).tangent


def a_tangent_that_requires_grad_makes_tangents_that_do(torch):
    """Reverse over forward: differentiate the directional derivative by its direction."""
    fw = torch.autograd.forward_ad
    x = torch.tensor([1.0, 2.0])
    t = torch.tensor([1.0, 10.0], requires_grad=True)
    with fw.dual_level():
        dual = fw.make_dual(x, t)
        fw.unpack_dual(dual * dual * dual).tangent.sum().backward()


def reverse_over_forward_is_a_second_derivative(torch):
    fw = torch.autograd.forward_ad
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with fw.dual_level():
        dual = fw.make_dual(x, torch.tensor([1.0, 10.0]))
        fw.unpack_dual((dual * dual * dual).sum()).tangent.backward()


def forward_over_reverse_is_a_second_derivative(torch):
    """The backward pass runs on dual tensors, so gradients are dual tensors."""
    fw = torch.autograd.forward_ad
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with fw.dual_level():
        dual = fw.make_dual(x, torch.tensor([1.0, 10.0]))
        (slope,) = torch.autograd.grad((dual * dual * dual).sum(), x)
        primal, tangent = fw.unpack_dual(slope)


def forward_over_reverse_goes_through_saved_results(torch):
    fw = torch.autograd.forward_ad
    x = torch.tensor([0.0, 0.0], requires_grad=True)
    with fw.dual_level():
        dual = fw.make_dual(x, torch.tensor([1.0, 10.0]))
        (slope,) = torch.autograd.grad(dual.exp().sum(), x)
        tangent = fw.unpack_dual(slope).tangent


def a_dual_tensor_of_a_leaf_is_no_leaf(torch):
    fw = torch.autograd.forward_ad
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with fw.dual_level():
        dual = fw.make_dual(x, torch.tensor([1.0, 10.0]))
        (dual * dual).sum().backward()


def the_primal_of_a_dual_tensor_is_in_the_graph(torch):
    fw = torch.autograd.forward_ad
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with fw.dual_level():
        y = fw.make_dual(x, torch.tensor([1.0, 10.0])) * 3
        primal = fw.unpack_dual(y).primal
    primal.sum().backward()


def an_operation_on_history_and_tangent_keeps_them_apart(torch):
    """The tangent of x * sin(x) is that of a product, each factor counted once."""
    fw = torch.autograd.forward_ad
    x = torch.tensor([0.0, 0.0], requires_grad=True)
    with fw.dual_level():
        dual = fw.make_dual(x, torch.tensor([1.0, 10.0]))
        tangent = fw.unpack_dual((dual + 1) * dual.sin()).tangent.tolist()


def a_jacobian_is_built_column_by_column(torch):
    fw = torch.autograd.forward_ad
    x = torch.tensor([1.0, 2.0])
    columns = []
    for direction in torch.eye(2):
        with fw.dual_level():
            dual = fw.make_dual(x, direction)
            columns.append(fw.unpack_dual(torch.stack([dual[0] * dual[1], dual[1]])).tangent)
    jacobian = torch.stack(columns, 1)
