"""Higher order: derivatives of derivatives.

With `create_graph=True` the backward pass is recorded as any other computation is, so gradients
can be differentiated again, as often as one likes and in any mixture of variables.
"""


def a_third_derivative_takes_three_passes(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x * x * x
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    (second,) = torch.autograd.grad(first, x, create_graph=True)
    (third,) = torch.autograd.grad(second, x)


def derivatives_go_on_until_nothing_depends_on_the_variable(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x**3
    values = []
    while y.requires_grad:
        (y,) = torch.autograd.grad(y, x, create_graph=True)
        values.append(y.item())


def the_derivative_of_a_linear_function_has_no_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (slope,) = torch.autograd.grad((3 * x).sum(), x, create_graph=True)


def mixed_derivatives_do_not_depend_on_the_order(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = torch.tensor(3.0, requires_grad=True)
    z = x * x * y * y * y
    dx, dy = torch.autograd.grad(z, (x, y), create_graph=True)
    (dxdy,) = torch.autograd.grad(dx, y, retain_graph=True)
    (dydx,) = torch.autograd.grad(dy, x)


def a_mixed_third_derivative(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = torch.tensor(3.0, requires_grad=True)
    (dx,) = torch.autograd.grad(x * x * y * y, x, create_graph=True)
    (dxdx,) = torch.autograd.grad(dx, x, create_graph=True)
    (dxdxdy,) = torch.autograd.grad(dxdx, y)


def a_row_of_the_second_derivative_at_a_time_makes_a_hessian(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x[0] * x[0] * x[1]
    (slope,) = torch.autograd.grad(y, x, create_graph=True)
    hessian = torch.stack([torch.autograd.grad(s, x, retain_graph=True)[0] for s in slope])


def the_product_of_hessian_and_vector_needs_no_hessian(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([1.0, 10.0])
    (slope,) = torch.autograd.grad((x * x * x).sum(), x, create_graph=True)
    (product,) = torch.autograd.grad((slope * v).sum(), x)


def weights_of_the_outputs_are_differentiable_too(torch):
    """The gradient is linear in them: so two backward passes make a forward one."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    weights = torch.zeros(2, requires_grad=True)
    (pulled,) = torch.autograd.grad(x * x, x, weights, create_graph=True)
    (moved,) = torch.autograd.grad(pulled, weights, torch.tensor([1.0, 10.0]))


def without_create_graph_a_gradient_is_a_constant(torch):
    x = torch.tensor(2.0, requires_grad=True)
    (slope,) = torch.autograd.grad(x * x * x, x)
    torch.autograd.grad(slope, x)


def a_penalty_on_the_gradient_reaches_the_weights(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    (slope,) = torch.autograd.grad((w * x * x).sum(), x, create_graph=True)
    (slope * slope).sum().backward()


def backward_with_create_graph_accumulates_a_gradient_with_a_graph(torch):
    x = torch.tensor(2.0, requires_grad=True)
    (x * x * x).backward(create_graph=True)
    slope = x.grad
    x.grad = None
    slope.backward()


def second_derivatives_at_a_kink_are_zero(torch):
    x = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True)
    (slope,) = torch.autograd.grad((x.abs() * x.abs()).sum(), x, create_graph=True)
    (bend,) = torch.autograd.grad(slope.sum(), x)


def an_inner_gradient_step_can_be_differentiated(torch):
    """As meta-learning does."""
    rate = torch.tensor(0.25, requires_grad=True)
    x = torch.tensor(2.0, requires_grad=True)
    (slope,) = torch.autograd.grad(x * x, x, create_graph=True)
    moved = x - rate * slope
    (moved * moved).backward()


def a_graph_of_gradients_holds_on_to_what_the_first_pass_saved(torch):
    x = torch.tensor(0.0, requires_grad=True)
    y = x.exp()
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    torch.autograd.grad(first, x)
