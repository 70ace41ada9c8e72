"""The autograd tutorial, program by program, and what its readers try next.

The programs follow a well-known introduction: random tensors that ask for gradients, a sum, a
polynomial, `no_grad`. What they print is the comparison: the same seed must give the same digits.
"""


def a_random_tensor_can_ask_for_gradients(torch):
    torch.manual_seed(0)
    x = torch.rand(5, 5, requires_grad=True)
    print(x)


def a_second_random_tensor_continues_the_stream(torch):
    torch.manual_seed(0)
    x = torch.rand(5, 5, requires_grad=True)
    y = torch.rand(5, 5, requires_grad=True)
    print(y)


def a_sum_remembers_the_function_that_made_it(torch):
    torch.manual_seed(0)
    x = torch.rand(5, 5, requires_grad=True)
    y = torch.rand(5, 5, requires_grad=True)
    z = torch.sum(x + y)
    print(z)


def the_gradient_of_an_addition_is_one(torch):
    torch.manual_seed(0)
    x = torch.rand(5, 5, requires_grad=True)
    y = torch.rand(5, 5, requires_grad=True)
    z = torch.sum(x + y)
    z.backward()
    print(x.grad, y.grad)


def a_polynomial_of_two_tensors_is_a_tensor(torch):
    torch.manual_seed(0)
    x = torch.rand(5, 5, requires_grad=True)
    y = torch.rand(5, 5, requires_grad=True)
    z = x**2 + y**3
    print(z)


def backward_of_a_tensor_takes_a_tensor_of_its_shape(torch):
    torch.manual_seed(0)
    x = torch.rand(5, 5, requires_grad=True)
    y = torch.rand(5, 5, requires_grad=True)
    z = x**2 + y**3
    z.backward(torch.ones_like(x))
    print(x.grad)


def no_grad_switches_recording_off(torch):
    torch.manual_seed(0)
    x = torch.rand(5, 5, requires_grad=True)
    y = torch.rand(5, 5, requires_grad=True)
    with torch.no_grad():
        print((x + y * 2).requires_grad)


def the_whole_tutorial_runs_in_one_go(torch):
    torch.manual_seed(0)
    x = torch.rand(5, 5, requires_grad=True)
    print(x)
    y = torch.rand(5, 5, requires_grad=True)
    print(y)
    z = torch.sum(x + y)
    print(z)
    z.backward()
    print(x.grad, y.grad)
    x = torch.rand(5, 5, requires_grad=True)
    y = torch.rand(5, 5, requires_grad=True)
    z = x**2 + y**3
    print(z)
    z.backward(torch.ones_like(x))
    print(x.grad)
    with torch.no_grad():
        print((x + y * 2).requires_grad)


def the_other_gradient_of_the_polynomial_is_there_too(torch):
    torch.manual_seed(0)
    x = torch.rand(5, 5, requires_grad=True)
    y = torch.rand(5, 5, requires_grad=True)
    z = x**2 + y**3
    z.backward(torch.ones_like(x))
    print(y.grad)
    print(torch.allclose(y.grad, 3 * y**2))


def the_gradient_of_a_square_is_twice_the_tensor(torch):
    torch.manual_seed(0)
    x = torch.rand(5, 5, requires_grad=True)
    (x**2).sum().backward()
    print(x.grad == 2 * x)


def other_weights_scale_the_gradient(torch):
    torch.manual_seed(0)
    x = torch.rand(3, 3, requires_grad=True)
    z = x**2
    z.backward(torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0]]))
    print(x.grad)


def summing_first_is_the_same_as_weights_of_one(torch):
    torch.manual_seed(0)
    x = torch.rand(4, 3, requires_grad=True)
    (x**3).backward(torch.ones(4, 3))
    print(x.grad)
    x.grad = None
    (x**3).sum().backward()
    print(x.grad)


def a_tensor_without_weights_cannot_go_backward(torch):
    torch.manual_seed(0)
    x = torch.rand(5, 5, requires_grad=True)
    z = x**2
    print(z.shape)
    z.backward()


def a_second_call_of_backward_fails(torch):
    torch.manual_seed(0)
    x = torch.rand(5, 5, requires_grad=True)
    z = (x**2).sum()
    z.backward()
    z.backward()


def a_second_call_with_retain_graph_doubles_the_gradient(torch):
    torch.manual_seed(0)
    x = torch.rand(3, requires_grad=True)
    z = (x**2).sum()
    z.backward(retain_graph=True)
    print(x.grad)
    z.backward()
    print(x.grad)


def the_gradient_is_set_to_zero_between_two_steps(torch):
    torch.manual_seed(0)
    x = torch.rand(3, requires_grad=True)
    (x * 2).sum().backward()
    x.grad.zero_()
    print(x.grad)
    (x * 3).sum().backward()
    print(x.grad)


def a_mean_divides_the_gradient_by_the_number_of_elements(torch):
    torch.manual_seed(0)
    x = torch.rand(5, 5, requires_grad=True)
    z = x.mean()
    z.backward()
    print(z)
    print(x.grad)


def a_product_gives_each_factor_the_other(torch):
    torch.manual_seed(0)
    x = torch.rand(2, 3, requires_grad=True)
    y = torch.rand(2, 3, requires_grad=True)
    (x * y).sum().backward()
    print(x.grad)
    print(y)


def a_matrix_product_goes_backward_through_transposes(torch):
    torch.manual_seed(0)
    x = torch.rand(2, 3, requires_grad=True)
    y = torch.rand(3, 4, requires_grad=True)
    z = x @ y
    print(z)
    z.sum().backward()
    print(x.grad)
    print(y.grad)


def functions_can_be_chained(torch):
    torch.manual_seed(0)
    x = torch.rand(2, 2, requires_grad=True)
    z = (x.sin() + x.exp()).tanh().mean()
    print(z)
    z.backward()
    print(x.grad)


def a_leaf_and_a_result_answer_differently(torch):
    torch.manual_seed(0)
    x = torch.rand(5, 5, requires_grad=True)
    z = x + 1
    print(x.is_leaf, z.is_leaf)
    print(x.requires_grad, z.requires_grad)
    print(x.grad_fn, z.grad_fn is None)
    print(x.grad)


def gradients_can_be_asked_for_after_the_tensor_is_made(torch):
    torch.manual_seed(0)
    x = torch.rand(2, 3)
    print(x.requires_grad)
    x.requires_grad = True
    print(x)


def a_misspelt_requires_grad_asks_for_nothing(torch):
    """A tensor takes any attribute, so the misspelling goes unnoticed until backward."""
    torch.manual_seed(0)
    x = torch.rand(2, 3)
    x.requries_grad = True
    print(x.requires_grad)
    x.sum().backward()


def variable_is_only_another_name_for_a_tensor(torch):
    torch.manual_seed(0)
    x = torch.autograd.Variable(torch.rand(2, 2), requires_grad=True)
    print(x)
    (x * x).sum().backward()
    print(x.grad)


def detach_prints_without_the_graph(torch):
    torch.manual_seed(0)
    x = torch.rand(2, 2, requires_grad=True)
    z = x * 2
    print(z)
    print(z.detach())


def normal_numbers_work_like_uniform_ones(torch):
    torch.manual_seed(0)
    x = torch.randn(3, 4, requires_grad=True)
    print(x)
    torch.relu(x).sum().backward()
    print(x.grad)


def gradient_descent_walks_to_the_minimum(torch):
    torch.manual_seed(0)
    x = torch.rand(3, requires_grad=True)
    for _step in range(5):
        loss = ((x - 1) ** 2).sum()
        loss.backward()
        with torch.no_grad():
            x -= 0.25 * x.grad
        x.grad.zero_()
        print(loss.item())
    print(x)


def a_line_is_fitted_to_points(torch):
    torch.manual_seed(0)
    x = torch.rand(8, 1)
    y = 3 * x + 2
    w = torch.zeros(1, 1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    for _step in range(10):
        loss = torch.nn.functional.mse_loss(x @ w + b, y)
        loss.backward()
        with torch.no_grad():
            w -= 0.5 * w.grad
            b -= 0.5 * b.grad
        w.grad.zero_()
        b.grad.zero_()
    print(w, b)


def a_second_derivative_comes_from_the_first(torch):
    torch.manual_seed(0)
    x = torch.rand(3, requires_grad=True)
    first = torch.autograd.grad((x**3).sum(), x, create_graph=True)[0]
    print(first)
    second = torch.autograd.grad(first.sum(), x)[0]
    print(second)
