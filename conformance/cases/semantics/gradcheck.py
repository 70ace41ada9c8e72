"""Gradcheck: derivatives compared with differences.

`gradcheck` moves every element of every input a little to both sides and compares how the outputs
change with what the backward pass says. It takes functions and inputs in double precision.
"""


def gradcheck_compares_gradients_with_differences(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    answer = torch.autograd.gradcheck(torch.mul, (x, y))


def gradcheck_takes_a_single_tensor_as_well(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    answer = torch.autograd.gradcheck(torch.sin, x)


def gradcheck_leaves_inputs_as_they_were(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    answer = torch.autograd.gradcheck(torch.exp, x)
    version = x._version


def gradcheck_passes_on_what_is_no_tensor(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    answer = torch.autograd.gradcheck(lambda x, n: x**n, (x, 3))


def gradcheck_looks_at_every_output(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    answer = torch.autograd.gradcheck(lambda x: (x * x, x.sum()), x)


def gradcheck_looks_at_complex_numbers_part_by_part(torch):
    z = torch.tensor([1 + 2j, 3j], dtype=torch.complex128, requires_grad=True)
    answers = [torch.autograd.gradcheck(f, z) for f in (torch.abs, torch.square, torch.real)]


def a_wrong_gradient_fails_with_both_jacobians(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(lambda x: x.detach() * x, x)


def without_raise_exception_a_wrong_gradient_is_false(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    answer = torch.autograd.gradcheck(lambda x: x.detach() * x, x, raise_exception=False)


def a_wrong_gradient_is_named_by_output_and_input(torch):
    x = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(lambda x, y: (x * y, x * y.detach() + y), (x, y))


def a_wrong_gradient_of_a_complex_result_is_named_by_part(torch):
    x = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(lambda x: x.detach() * x * 1j, x)


def a_wrong_gradient_of_a_complex_argument_has_a_complex_jacobian(torch):
    z = torch.tensor([1 + 2j], dtype=torch.complex128, requires_grad=True)
    torch.autograd.gradcheck(lambda z: (z.detach() * z).real, z)


def a_function_without_graph_must_be_constant(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(lambda x: x.detach(), x)


def gradcheck_does_not_look_at_a_kink_closely(torch):
    """At zero the two sides of abs cancel, and the subgradient is zero too."""
    x = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    answer = torch.autograd.gradcheck(torch.abs, x)


def gradcheck_notices_a_kink_with_different_sides(torch):
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(torch.relu, x)


def gradcheck_checks_forward_mode_on_request(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    both = torch.autograd.gradcheck(torch.sin, x, check_forward_ad=True)
    alone = torch.autograd.gradcheck(torch.sin, x, check_forward_ad=True, check_backward_ad=False)


def a_wrong_tangent_fails_as_a_wrong_gradient_does(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    f = lambda x: x.detach() * x
    torch.autograd.gradcheck(f, x, check_forward_ad=True, check_backward_ad=False)


def gradcheck_in_fast_mode_compares_along_one_direction(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    right = torch.autograd.gradcheck(torch.sin, x, fast_mode=True)
    wrong = torch.autograd.gradcheck(
        lambda x: x.detach() * x, x, fast_mode=True, raise_exception=False
    )


def single_precision_draws_a_warning(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    answer = torch.autograd.gradcheck(torch.neg, x, eps=0.25)


def single_precision_is_not_precise_enough(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    answer = torch.autograd.gradcheck(torch.exp, x, raise_exception=False)


def steps_and_tolerances_can_be_chosen(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    check = torch.autograd.gradcheck
    coarse = check(torch.exp, x, eps=0.5, raise_exception=False)
    coarse_and_tolerant = check(torch.exp, x, eps=0.5, rtol=0.1)
    exact = check(torch.exp, x, rtol=0.0, atol=0.0, raise_exception=False)


def gradcheck_needs_an_input_that_requires_grad(torch):
    torch.autograd.gradcheck(torch.sin, torch.ones(2, dtype=torch.float64))


def gradcheck_needs_inputs_without_overlap(torch):
    x = torch.ones(1, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(torch.sin, x.expand(3))


def gradcheck_checks_something(torch):
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(torch.sin, x, check_backward_ad=False)


def gradcheck_in_batches_is_of_gradients(torch):
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    forward = {"check_backward_ad": False, "check_forward_ad": True}
    torch.autograd.gradcheck(torch.sin, x, check_batched_grad=True, **forward)


def gradcheck_in_batches_of_tangents_needs_tangents(torch):
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(torch.sin, x, check_batched_forward_grad=True)


def the_shape_of_a_result_may_not_depend_on_small_steps(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(lambda x: x[:1] if x[0] > 1 else x, x)


def gradgradcheck_checks_second_derivatives(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    weights = torch.tensor([1.0, 0.5], dtype=torch.float64, requires_grad=True)
    answer = torch.autograd.gradgradcheck(torch.exp, x, weights)


def gradgradcheck_draws_weights_where_none_are_given(torch):
    torch.manual_seed(0)
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    answer = torch.autograd.gradgradcheck(torch.exp, x)
    afterwards = torch.rand(1)


def gradgradcheck_goes_forward_over_reverse_as_well(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    answer = torch.autograd.gradgradcheck(torch.sin, x, check_fwd_over_rev=True)


def a_wrong_second_derivative_fails(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    weights = torch.ones(2, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradgradcheck(lambda x: x * x.detach() * x, x, weights)


def gradgradcheck_checks_something(torch):
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradgradcheck(torch.sin, x, check_rev_over_rev=False)


def gradgradcheck_without_reverse_mode_has_no_undefined_gradients(torch):
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradgradcheck(torch.sin, x, check_rev_over_rev=False, check_fwd_over_rev=True)
