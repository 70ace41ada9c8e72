"""Diagnostics: what autograd says when something has gone wrong, or soon will.

Anomaly mode remembers where each operation was called, and tells when its backward pass fails or
gives nan. Warnings come with the text that PyTorch gives them.
"""


def anomaly_mode_stops_at_nan(torch):
    with torch.autograd.set_detect_anomaly(True):
        x = torch.tensor([0.0, -1.0], requires_grad=True)
        y = x.sqrt()
        (y * 0).sum().backward()


def without_anomaly_mode_nan_goes_on(torch):
    x = torch.tensor([0.0, -1.0], requires_grad=True)
    y = x.sqrt()
    (y * 0).sum().backward()


def detect_anomaly_warns_that_it_is_slow(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.detect_anomaly():
        x.sqrt().sum().backward()


def a_graph_from_before_anomaly_mode_has_no_traceback(torch):
    x = torch.tensor([0.0, -1.0], requires_grad=True)
    y = x.sqrt()
    with torch.autograd.set_detect_anomaly(True):
        (y * 0).sum().backward()


def the_traceback_goes_through_the_functions_of_the_program(torch):
    def root(t):
        return t.sqrt()

    with torch.autograd.set_detect_anomaly(True):
        x = torch.tensor([0.0, -1.0], requires_grad=True)
        y = root(x)
        (y * 0).sum().backward()


def anomaly_mode_may_let_nan_pass(torch):
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        x = torch.tensor([0.0, -1.0], requires_grad=True)
        (x.sqrt() * 0).sum().backward()


def anomaly_mode_tells_whose_saved_tensor_was_overwritten(torch):
    with torch.autograd.set_detect_anomaly(True):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = x.sqrt()
        y.add_(1)
        y.sum().backward()


def anomaly_mode_tells_whose_graph_was_freed(torch):
    with torch.autograd.set_detect_anomaly(True):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = x.sqrt().sum()
        y.backward()
        y.backward()


def anomaly_mode_tells_at_which_node_a_hook_failed(torch):
    with torch.autograd.set_detect_anomaly(True):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = x.sqrt()
        y.register_hook(lambda grad: 3.0)
        y.sum().backward()


def anomaly_mode_looks_at_what_nodes_return_and_not_at_what_leaves_get(torch):
    with torch.autograd.set_detect_anomaly(True):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        x.backward(torch.tensor([1.0, float("nan")]))


def a_weight_that_is_nan_is_found_at_the_first_node(torch):
    with torch.autograd.set_detect_anomaly(True):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        x.sqrt().backward(torch.tensor([1.0, float("nan")]))


def the_second_of_two_gradients_may_be_the_nan(torch):
    with torch.autograd.set_detect_anomaly(True):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        w = torch.tensor([0.0, 0.0], requires_grad=True)
        y = x / w
        (y * 0).sum().backward()


def a_step_on_a_view_is_told_as_copy_slices(torch):
    with torch.autograd.set_detect_anomaly(True):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = x.clone()
        y[0:1].sqrt_()
        y.register_hook(lambda grad: grad * float("nan"))
        y.sum().backward()


def a_second_derivative_is_told_with_the_first(torch):
    with torch.autograd.set_detect_anomaly(True):
        x = torch.tensor([0.0, 1.0], requires_grad=True)
        y = torch.pow(x, 1.5).sum()
        first = torch.autograd.grad(y, x, create_graph=True)[0]
        (first * 0).sum().backward()


def nodes_keep_the_traceback_as_metadata(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.set_detect_anomaly(True):
        keys = sorted(x.sqrt().grad_fn.metadata)
    without = sorted(x.sqrt().grad_fn.metadata)


def nodes_of_a_second_order_know_whose_backward_made_them(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.set_detect_anomaly(True):
        y = x.sqrt()
        gradient = torch.autograd.grad(y.sum(), x, create_graph=True)[0]
    same = gradient.grad_fn.metadata["parent_"] is y.grad_fn


def anomaly_mode_is_a_block(torch):
    modes = [torch.is_anomaly_enabled()]
    with torch.autograd.set_detect_anomaly(True):
        modes.append(torch.is_anomaly_enabled())
        with torch.autograd.set_detect_anomaly(False):
            modes.append(torch.is_anomaly_enabled())
        modes.append(torch.is_anomaly_enabled())
    modes.append(torch.is_anomaly_enabled())


def anomaly_mode_can_be_set_for_good(torch):
    torch.autograd.set_detect_anomaly(True)
    during = [torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()]
    torch.autograd.set_detect_anomaly(False)
    after = torch.is_anomaly_enabled()


def set_anomaly_enabled_is_what_the_blocks_call(torch):
    torch.set_anomaly_enabled(True, False)
    modes = [torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()]
    torch.set_anomaly_enabled(False)


def anomaly_mode_is_a_bool(torch):
    torch.autograd.set_detect_anomaly(1)


def whether_nan_is_checked_is_a_bool(torch):
    torch.autograd.set_detect_anomaly(True, check_nan="yes")


def anomaly_mode_must_be_said(torch):
    torch.autograd.set_detect_anomaly()


def reading_the_gradient_of_a_result_warns(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.sum().backward()
    gradient = y.grad


def reading_a_retained_gradient_does_not_warn(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.retain_grad()
    y.sum().backward()
    gradient = y.grad


def backward_with_create_graph_warns_of_a_cycle(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward(create_graph=True)


def grad_with_create_graph_makes_no_cycle(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    gradient = torch.autograd.grad((x * x).sum(), x, create_graph=True)[0]


def only_inputs_is_a_relic(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    gradient = torch.autograd.grad((x * x).sum(), x, only_inputs=False)[0]


def grad_variables_is_a_relic(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.autograd.backward(x * x, grad_variables=torch.tensor([1.0, 10.0]))


def weights_are_given_under_one_name(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    weights = torch.tensor([1.0, 10.0])
    torch.autograd.backward(x * x, weights, grad_variables=weights)


def a_mode_decorates_functions_and_warns_of_classes(torch):
    @torch.no_grad()
    class Holder:
        def __init__(self):
            self.made_with = torch.is_grad_enabled()

        def mode(self):
            return torch.is_grad_enabled()

    holder = Holder()
    modes = [holder.made_with, holder.mode()]


def a_node_shows_its_name_and_place(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.sqrt()
    shown = [repr(y.grad_fn).split(" at ")[0], str(type(y.grad_fn))]
    print(y.grad_fn.next_functions[0][0])


def set_grad_enabled_shows_its_mode(torch):
    shown = repr(torch.set_grad_enabled(True))
