"""Complex numbers.

The gradient of a real number with respect to a complex one points to where the number grows
fastest. It is the conjugate of the derivative that a textbook gives of a holomorphic function.
"""


def the_gradient_of_a_square_modulus_is_twice_the_number(torch):
    z = torch.tensor([1 + 2j, -3 + 0.5j], requires_grad=True)
    (z * z.conj()).real.sum().backward()


def a_holomorphic_function_gives_the_conjugate_of_its_derivative(torch):
    z = torch.tensor([1 + 2j, -3 + 0.5j], requires_grad=True)
    (z * z).backward(torch.ones(2, dtype=torch.complex64))


def a_conjugate_gives_the_conjugate_of_what_flows_back(torch):
    z = torch.tensor([1 + 2j], requires_grad=True)
    z.conj().backward(torch.tensor([3 + 4j]))


def a_step_against_the_gradient_makes_the_loss_smaller(torch):
    z = torch.tensor([1 + 2j, -3 + 0.5j], requires_grad=True)
    loss = z.exp().abs().sum()
    loss.backward()
    smaller = (z.detach() - 0.01 * z.grad).exp().abs().sum() < loss


def backward_cannot_start_from_a_complex_number(torch):
    z = torch.tensor(1 + 2j, requires_grad=True)
    (z * z).backward()


def backward_cannot_start_from_complex_numbers(torch):
    z = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    (z * z).backward()


def grad_cannot_start_from_a_complex_number_either(torch):
    z = torch.tensor(1 + 2j, requires_grad=True)
    torch.autograd.grad(z * z, z)


def a_complex_result_may_be_given_a_complex_gradient(torch):
    z = torch.tensor(1 + 2j, requires_grad=True)
    (z * z).backward(torch.tensor(1j))


def a_complex_result_may_not_be_given_a_real_gradient(torch):
    z = torch.tensor(1 + 2j, requires_grad=True)
    (z * z).backward(torch.tensor(1.0))


def a_real_result_may_not_be_given_a_complex_gradient(torch):
    x = torch.tensor(2.0, requires_grad=True)
    (x * x).backward(torch.tensor(1j))


def a_real_factor_gets_the_real_part(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    z = torch.tensor([1 + 2j, -3 + 0.5j], requires_grad=True)
    (x * z).backward(torch.tensor([1 + 1j, 2 - 1j]))


def a_real_number_plus_a_complex_one_gets_the_real_part(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x + 1j
    y.backward(torch.tensor([1 + 5j, 2 - 7j]))


def a_real_tensor_made_complex_gets_the_real_part(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.to(torch.complex64)
    y.backward(torch.tensor([1 + 5j, 2 - 7j]))


def real_and_imaginary_parts_are_views(torch):
    z = torch.tensor([1 + 2j, 3 - 4j])
    re, im = z.real, z.imag
    based = [re._base is z, im._base is z]
    re.mul_(10)
    im.zero_()
    geometry = [re.stride(), im.storage_offset()]


def real_and_imaginary_parts_are_selected_from_pairs(torch):
    z = torch.tensor([1 + 2j, 3 - 4j], requires_grad=True)
    names = [z.real.grad_fn.name(), z.real.grad_fn.next_functions[0][0].name()]
    (z.real + 10 * z.imag).sum().backward()


def the_real_part_of_a_real_tensor_is_the_tensor(torch):
    x = torch.tensor([1.0, 2.0])
    same = [x.real is x, torch.real(x) is x, x.conj() is x, x.resolve_conj() is x]


def a_real_tensor_has_no_imaginary_part(torch):
    x = torch.tensor([1.0, 2.0])
    x.imag


def an_assignment_to_a_part_writes_the_number(torch):
    z = torch.tensor([1 + 2j, 3 - 4j])
    z.real = torch.tensor([5.0, 6.0])
    z.imag = torch.tensor([7.0, 8.0])


def an_assignment_to_a_part_is_a_step_of_the_graph(torch):
    x = torch.tensor([5.0, 6.0], requires_grad=True)
    z = torch.tensor([1 + 2j, 3 - 4j], requires_grad=True)
    y = z * 1
    y.imag = x
    y.backward(torch.tensor([1 + 2j, 3 + 4j]))


def an_assignment_to_the_real_part_of_a_real_tensor_writes_the_tensor(torch):
    x = torch.tensor([1.0, 2.0])
    x.real = torch.tensor([3.0, 4.0])


def a_write_to_the_real_part_is_copy_slices_for_the_number(torch):
    z = torch.tensor([1 + 2j, 3 - 4j], requires_grad=True)
    y = z * 1
    y.real.mul_(10)
    y.backward(torch.tensor([1 + 2j, 3 + 4j]))


def a_part_of_a_number_that_was_written_is_taken_anew(torch):
    z = torch.tensor([1 + 2j, 3 - 4j], requires_grad=True)
    y = z * 1
    pairs, im = torch.view_as_real(y), y.imag
    y.mul_(2j)
    names = [pairs.grad_fn.name(), im.grad_fn.name()]
    im.sum().backward()


def a_conjugate_is_a_view(torch):
    z = torch.tensor([1 + 2j, 3 - 4j])
    c = z.conj()
    same = [c._base is z, c.data_ptr() == z.data_ptr(), c.is_conj(), z.is_conj()]
    c[0] = 5 + 6j
    z[1] = 1j


def a_conjugate_that_is_written_reaches_its_base(torch):
    z = torch.tensor([1 + 2j, 3 - 4j], requires_grad=True)
    y = z * 1
    y.conj().mul_(2j)
    y.backward(torch.tensor([1 + 2j, 3 + 4j]))


def a_conjugate_of_a_number_that_was_written_is_taken_anew(torch):
    z = torch.tensor([1 + 2j, 3 - 4j], requires_grad=True)
    y = z * 1
    c = y.conj()
    y.mul_(2j)
    name = c.grad_fn.name()
    c.backward(torch.tensor([1 + 2j, 3 + 4j]))


def a_conjugate_of_a_conjugate_is_marked_no_more(torch):
    z = torch.tensor([1 + 2j, 3 - 4j], requires_grad=True)
    c = z.conj().conj()
    marked = c.is_conj()
    names = [c.grad_fn.name(), c.grad_fn.next_functions[0][0].name()]


def views_of_a_conjugate_are_marked_too(torch):
    c = torch.arange(4).to(torch.complex64).conj().view(2, 2)
    marked = [
        c.is_conj(),
        c[0].is_conj(),
        c.t().is_conj(),
        c.expand(2, 2, 2).is_conj(),
        c.detach().is_conj(),
    ]


def results_are_never_marked(torch):
    c = torch.tensor([1 + 2j, 3 - 4j]).conj()
    marked = [(c + 1).is_conj(), c.clone().is_conj(), c.sum().is_conj(), torch.stack([c]).is_conj()]
    real = torch.tensor([1.0]).conj().is_conj()


def resolve_conj_makes_a_copy_of_what_is_marked(torch):
    z = torch.tensor([1 + 2j, 3 - 4j], requires_grad=True)
    c = z.conj().resolve_conj()
    marked = [c.is_conj(), c._is_view()]
    same = z.resolve_conj() is z


def the_imaginary_part_of_a_conjugate_is_negated_when_read(torch):
    z = torch.tensor([1 + 2j, 3 - 4j], requires_grad=True)
    im = z.conj().imag
    re = z.conj().real
    marked = [im.is_neg(), re.is_neg(), im.resolve_neg().is_neg(), z.imag.is_neg()]
    names = [im.grad_fn.name(), im.grad_fn.next_functions[0][0].name()]
    im.sum().backward()


def a_negated_view_that_is_written_reaches_its_base(torch):
    z = torch.tensor([1 + 2j, 3 - 4j])
    z.conj().imag.fill_(7.0)


def conj_physical_is_a_copy(torch):
    z = torch.tensor([1 + 2j, 3 - 4j], requires_grad=True)
    c = torch.conj_physical(z)
    marked = [c.is_conj(), c._is_view()]
    c.backward(torch.tensor([1 + 2j, 3 + 4j]))


def conj_physical_in_place_writes(torch):
    z = torch.tensor([1 + 2j, 3 - 4j], requires_grad=True)
    y = (z * 1).conj_physical_()
    y.backward(torch.tensor([1 + 2j, 3 + 4j]))


def adjoints_are_marked(torch):
    z = torch.tensor([[1 + 2j, 3 - 4j]], requires_grad=True)
    h = z.mH
    marked = [h.is_conj(), z.H.is_conj(), z.adjoint().is_conj(), z.mT.is_conj()]
    (h @ z).real.sum().backward()


def a_conjugate_has_no_numpy_array(torch):
    torch.tensor([1 + 2j]).conj().numpy()


def a_conjugate_cannot_be_seen_as_pairs(torch):
    torch.view_as_real(torch.tensor([1 + 2j]).conj())


def pairs_are_a_view(torch):
    z = torch.tensor([1 + 2j, 3 - 4j], requires_grad=True)
    p = torch.view_as_real(z)
    same = [p._base is z, p.data_ptr() == z.data_ptr()]
    (p * torch.tensor([1.0, 10.0])).sum().backward()


def pairs_may_be_seen_as_numbers(torch):
    p = torch.arange(6.0).view(3, 2).requires_grad_()
    z = torch.view_as_complex(p)
    same = [z._base is p, z.data_ptr() == p.data_ptr()]
    z.abs().sum().backward()


def pairs_that_were_written_change_the_numbers(torch):
    z = torch.tensor([1 + 2j, 3 - 4j], requires_grad=True)
    y = z * 1
    torch.view_as_real(y)[:, 0].mul_(3)
    y.backward(torch.tensor([1 + 2j, 3 + 4j]))


def only_complex_tensors_are_seen_as_pairs(torch):
    torch.view_as_real(torch.ones(2))


def only_two_numbers_are_a_pair(torch):
    torch.view_as_complex(torch.ones(2, 3))


def a_pair_needs_a_dimension(torch):
    torch.view_as_complex(torch.tensor(1.0))


def a_pair_is_of_floats(torch):
    torch.view_as_complex(torch.ones(2, 2, dtype=torch.int64))


def a_pair_is_contiguous(torch):
    torch.view_as_complex(torch.ones(2, 2).t())


def pairs_are_an_even_number_of_elements_apart(torch):
    torch.view_as_complex(torch.ones(3, 3)[:, :2])


def pairs_begin_at_an_even_place(torch):
    torch.view_as_complex(torch.ones(5)[1:].view(2, 2))


def a_complex_number_is_made_of_two_real_ones(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.tensor([3.0, 4.0], requires_grad=True)
    z = torch.complex(x, y)
    z.backward(torch.tensor([1 + 2j, 3 + 4j]))


def a_complex_number_is_made_of_floats(torch):
    torch.complex(torch.ones(2, dtype=torch.int64), torch.ones(2, dtype=torch.int64))


def a_complex_number_is_made_of_equal_dtypes(torch):
    torch.complex(torch.ones(2), torch.ones(2, dtype=torch.float64))


def a_complex_number_is_made_of_modulus_and_angle(torch):
    r = torch.tensor([1.0, 2.0], requires_grad=True)
    a = torch.tensor([0.0, 0.0], requires_grad=True)
    z = torch.polar(r, a)
    z.backward(torch.tensor([1 + 2j, 3 + 4j]))


def the_modulus_has_gradient_zero_at_zero(torch):
    z = torch.tensor([0j, 3 + 4j], requires_grad=True)
    z.abs().sum().backward()


def the_angle_has_gradient_zero_at_zero(torch):
    z = torch.tensor([0j, 2j], requires_grad=True)
    z.angle().sum().backward()


def the_angle_of_a_real_number_is_zero_or_pi(torch):
    x = torch.tensor([-1.0, -0.0, 0.0, 2.0], requires_grad=True)
    y = x.angle()
    y.sum().backward()


def the_sign_of_a_complex_number_is_its_direction(torch):
    z = torch.tensor([0j, 3 + 4j], requires_grad=True)
    y = z.sgn()
    y.backward(torch.tensor([1 + 2j, 3 + 4j]))


def a_complex_number_has_no_sign(torch):
    torch.tensor([1 + 2j]).sign()


def complex_numbers_have_no_order(torch):
    y = torch.tensor([1 + 2j]) < torch.tensor([2 + 1j])


def complex_numbers_have_no_maximum(torch):
    torch.tensor([1 + 2j]).max()


def complex_numbers_have_no_floor(torch):
    torch.tensor([1 + 2j]).floor()


def a_complex_number_is_no_float(torch):
    float(torch.tensor(1 + 2j))


def a_complex_number_may_be_equal(torch):
    z = torch.tensor([1 + 2j, 3j])
    y = z == torch.tensor([1 + 2j, 3 + 0j])
    truth = bool(torch.tensor(2j)), bool(torch.tensor(0j))


def a_complex_dtype_made_real_loses_its_imaginary_part(torch):
    z = torch.tensor([1 + 2j, 3 - 4j], requires_grad=True)
    y = z.to(torch.float32)
    y.sum().backward()


def a_complex_product_of_matrices_conjugates_on_its_way_back(torch):
    a = torch.tensor([[1 + 1j, 2 - 1j], [0.5j, 3 + 0j]], requires_grad=True)
    b = torch.tensor([[2 + 0j, 1j], [1 - 1j, -2 + 2j]], requires_grad=True)
    (a @ b).real.sum().backward()


def vdot_conjugates_its_first_operand(torch):
    a = torch.tensor([1 + 1j, 2 - 1j], requires_grad=True)
    b = torch.tensor([3 - 2j, 1j], requires_grad=True)
    y = torch.vdot(a, b)
    y.real.backward()


def a_division_by_a_complex_number(torch):
    a = torch.tensor([1 + 1j, 2 - 1j], requires_grad=True)
    b = torch.tensor([3 - 2j, 1j], requires_grad=True)
    (a / b).backward(torch.tensor([1 + 0j, 1j]))


def functions_of_a_complex_number(torch):
    z = torch.zeros(1, dtype=torch.complex64, requires_grad=True)
    y = [
        z.exp(),
        z.sin(),
        z.cos(),
        z.tanh(),
        (z + 1).log(),
        (z + 1).sqrt(),
        1 / (z + 1),
        (z + 1) ** 2,
    ]
    sum(y).backward(torch.tensor([1 + 1j]))


def a_real_base_with_a_complex_exponent(torch):
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    z = torch.tensor([1 + 1j, 0.5j], requires_grad=True)
    (x**z).backward(torch.tensor([1 + 0j, 1j]))


def reductions_of_complex_numbers(torch):
    z = torch.tensor([0.5 + 0.25j, -1 + 2j, 1j], requires_grad=True)
    y = [z.sum(), z.mean(), z.prod(), z.cumsum(0), z.std(), z.norm()]
    sum(abs(v).sum() for v in y).backward()


def a_second_derivative_of_a_complex_function(torch):
    z = torch.tensor([0.5 + 0.25j, -1 + 2j], requires_grad=True)
    (g,) = torch.autograd.grad((z * z * z).real.sum(), z, create_graph=True)
    g.abs().sum().backward()


def a_complex_gradient_is_printed_as_such(torch):
    z = torch.tensor([1 + 2j, -0.5j], requires_grad=True)
    (z * z.conj()).real.sum().backward()
    print(z, z.grad, z.conj(), z.conj().imag, z.real)


def a_hook_sees_a_complex_gradient(torch):
    seen = []
    z = torch.tensor([1 + 2j], requires_grad=True)
    y = z * 1j
    y.register_hook(lambda grad: seen.append(grad))
    y.abs().sum().backward()


def a_complex_gradient_is_accumulated(torch):
    z = torch.tensor([1 + 2j], requires_grad=True)
    for _ in range(2):
        z.abs().sum().backward()


def a_complex_tensor_may_require_a_gradient(torch):
    z = torch.zeros(2, dtype=torch.complex128).requires_grad_()
    flags = [z.requires_grad, z.is_complex(), z.is_floating_point()]


def a_complex_tensor_with_a_number_keeps_its_precision(torch):
    x = torch.ones(2, dtype=torch.float64)
    dtypes = [(x * 1j).dtype, (x.float() * 1j).dtype, (x + torch.tensor(1j)).dtype]


def a_complex_leaf_may_be_assigned_a_complex_gradient_alone(torch):
    z = torch.tensor([1 + 2j], requires_grad=True)
    z.grad = torch.tensor([1.0])
