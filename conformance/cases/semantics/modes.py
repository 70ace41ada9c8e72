"""Modes: what is recorded, and what is cut off.

`no_grad`, `enable_grad` and `set_grad_enabled` switch recording; `detach` cuts one tensor from the
graph; `requires_grad_` and `retain_grad` ask for more than the defaults.
"""


def nothing_is_recorded_under_no_grad(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        y = x * 2


def a_leaf_still_requires_grad_under_no_grad(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        answer = x.requires_grad
        made_here = torch.tensor([1.0], requires_grad=True)


def is_grad_enabled_tells_the_mode(torch):
    modes = [torch.is_grad_enabled()]
    with torch.no_grad():
        modes.append(torch.is_grad_enabled())
    modes.append(torch.is_grad_enabled())


def an_exception_ends_the_mode_like_the_end_of_the_block(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    try:
        with torch.no_grad():
            raise ValueError("on purpose")
    except ValueError:
        y = x * 2


def no_grad_can_be_nested(torch):
    modes = []
    with torch.no_grad():
        with torch.no_grad():
            modes.append(torch.is_grad_enabled())
        modes.append(torch.is_grad_enabled())
    modes.append(torch.is_grad_enabled())


def no_grad_decorates_a_function(torch):
    @torch.no_grad()
    def double(t):
        return t * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = double(x)
    name = double.__name__
    afterwards = torch.is_grad_enabled()


def no_grad_lasts_as_long_as_a_decorated_generator_runs(torch):
    """Between two steps the caller has its own mode back."""

    @torch.no_grad()
    def steps(t):
        yield t * 2
        yield t * 3

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    results = []
    for y in steps(x):
        results.append((y.requires_grad, torch.is_grad_enabled()))


def enable_grad_records_inside_no_grad(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        with torch.enable_grad():
            y = x * 2
        z = x * 3
    y.sum().backward()


def enable_grad_decorates_a_function(torch):
    @torch.enable_grad()
    def double(t):
        return t * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        y = double(x)


def set_grad_enabled_acts_at_once(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.set_grad_enabled(False)
    y = x * 2
    torch.set_grad_enabled(True)
    z = x * 3


def set_grad_enabled_is_a_context_too(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    training = False
    with torch.set_grad_enabled(training):
        y = x * 2
    z = x * 3


def set_grad_enabled_decorates_a_function(torch):
    """As a decorator it leaves the mode of its surroundings alone."""

    @torch.set_grad_enabled(False)
    def double(t):
        return t * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    around = torch.is_grad_enabled()
    y = double(x)


def a_result_of_no_grad_is_a_constant_outside(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        c = x * 2
    (x * c).sum().backward()


def backward_works_inside_no_grad(torch):
    """The mode is for recording; the graph of `y` is already there."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    with torch.no_grad():
        y.backward()


def create_graph_records_even_inside_no_grad(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    with torch.no_grad():
        gradient = torch.autograd.grad(y, x, create_graph=True)[0]


def nothing_goes_backward_from_a_result_of_no_grad(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        y = (x * x).sum()
    y.backward()


def a_leaf_changed_under_no_grad_stays_a_leaf(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    with torch.no_grad():
        x -= 0.5 * x.grad


def a_view_made_under_no_grad_keeps_the_flag_of_its_base(torch):
    """It requires grad and is a leaf, and yet nothing leads back to the base."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        y = x.view(2, 1)


def detach_gives_a_constant(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * 2).detach()


def detach_stops_the_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x.detach()).sum().backward()


def a_detached_tensor_shares_its_memory(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.detach()
    y[0] = 9.0


def detach_in_place_makes_a_leaf_of_a_result(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    result = y.detach_()
    same = result is y


def data_is_a_constant_of_the_same_memory(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.data[0] = 9.0
    constant = x.data.requires_grad


def requires_grad_in_place_returns_the_tensor(torch):
    x = torch.tensor([1.0, 2.0])
    same = x.requires_grad_() is x


def asking_for_gradients_later_does_not_change_the_past(torch):
    x = torch.tensor([1.0, 2.0])
    before = x * 2
    x.requires_grad_()
    after = x * 2


def a_leaf_can_give_up_its_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.requires_grad = False
    y = x * 2


def a_result_cannot_give_up_its_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.requires_grad = False


def a_detached_copy_can_ask_for_its_own_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * 2).detach().requires_grad_()
    (y * y).sum().backward()


def retain_grad_keeps_the_gradient_of_a_result(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    result = y.retain_grad()
    (y * y).sum().backward()


def retain_grad_changes_nothing_for_a_leaf(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.retain_grad()
    (x * x).sum().backward()


def retain_grad_twice_keeps_one_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    y.retain_grad()
    (y * y).sum().backward()


def retains_grad_tells_who_keeps_a_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    z = x * 4
    y.retain_grad()
    answers = [x.retains_grad, y.retains_grad, z.retains_grad]


def a_constant_has_no_gradient_to_retain(torch):
    x = torch.tensor([1.0, 2.0])
    x.retain_grad()


def a_retained_gradient_is_what_the_hooks_leave(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    y.register_hook(lambda gradient: gradient * 10)
    y.sum().backward()


def variable_returns_a_tensor_of_the_same_memory(torch):
    x = torch.tensor([1.0, 2.0])
    v = torch.autograd.Variable(x)
    name = type(v).__name__
    v[0] = 9.0


def variable_can_ask_for_a_gradient(torch):
    x = torch.tensor([1.0, 2.0])
    v = torch.autograd.Variable(x, requires_grad=True)
    (v * v).sum().backward()


def variable_cuts_a_result_from_its_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.autograd.Variable(x * 2)


def a_mode_may_decorate_without_parentheses(torch):
    @torch.no_grad
    def mode():
        return torch.is_grad_enabled()

    modes = [mode(), torch.is_grad_enabled()]


def a_decorated_function_may_raise(torch):
    @torch.no_grad()
    def fail():
        raise ValueError("on purpose")

    try:
        fail()
    except ValueError:
        mode = torch.is_grad_enabled()


def a_decorated_function_may_call_itself(torch):
    @torch.no_grad()
    def modes(depth):
        return [torch.is_grad_enabled()] + (modes(depth - 1) if depth else [])

    found = modes(2) + [torch.is_grad_enabled()]


def one_block_entered_twice_forgets_the_mode_outside(torch):
    block = torch.no_grad()
    modes = []
    with block:
        with block:
            modes.append(torch.is_grad_enabled())
        modes.append(torch.is_grad_enabled())
    modes.append(torch.is_grad_enabled())


def a_decorated_generator_takes_what_is_sent_and_thrown(torch):
    @torch.no_grad()
    def steps():
        try:
            received = yield torch.is_grad_enabled()
            yield received
        except ValueError:
            yield "caught", torch.is_grad_enabled()

    generator = steps()
    found = [next(generator), generator.send("sent"), generator.throw(ValueError())]
    mode = torch.is_grad_enabled()


def a_method_can_be_decorated(torch):
    class Holder:
        @torch.no_grad()
        def double(self, t):
            return t * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Holder().double(x)


def set_grad_enabled_restores_what_it_found(torch):
    modes = []
    block = torch.set_grad_enabled(False)
    modes.append(torch.is_grad_enabled())
    with block:
        modes.append(torch.is_grad_enabled())
    modes.append(torch.is_grad_enabled())


def set_grad_enabled_needs_a_mode(torch):
    torch.set_grad_enabled()


def inference_mode_records_nothing_and_keeps_no_versions(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.inference_mode():
        y = x * 2
        modes = [torch.is_inference_mode_enabled(), torch.is_grad_enabled()]
    kinds = [x.is_inference(), y.is_inference(), torch.is_inference(y)]
    y = y.requires_grad


def an_inference_tensor_has_no_version(torch):
    with torch.inference_mode():
        x = torch.tensor([1.0, 2.0])
    version = x._version


def what_is_made_in_inference_mode_is_an_inference_tensor(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.inference_mode():
        made = [(x + 1).is_inference(), torch.ones(2).is_inference(), x.clone().is_inference()]


def a_view_of_a_normal_tensor_is_normal(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.inference_mode():
        view, detached = x.view(2, 1), x.detach()
    kinds = [view.is_inference(), detached.is_inference(), view.requires_grad, view.is_leaf]


def a_view_of_an_inference_tensor_is_one_too(torch):
    with torch.inference_mode():
        x = torch.tensor([1.0, 2.0])
    kinds = [x.view(2, 1).is_inference(), x.detach().is_inference(), x.data.is_inference()]


def a_result_of_an_inference_tensor_is_normal_outside(torch):
    with torch.inference_mode():
        x = torch.tensor([1.0, 2.0])
    y = x * 2
    z = x.clone()
    kinds = [y.is_inference(), z.is_inference()]
    del x


def an_inference_tensor_cannot_ask_for_gradients_outside(torch):
    with torch.inference_mode():
        x = torch.tensor([1.0, 2.0])
    x.requires_grad_()


def an_inference_tensor_cannot_be_made_to_ask_outside_either(torch):
    with torch.inference_mode():
        x = torch.tensor([1.0, 2.0])
    x.requires_grad = True


def an_inference_tensor_may_give_up_gradients_outside(torch):
    with torch.inference_mode():
        x = torch.tensor([1.0, 2.0])
    same = x.requires_grad_(False) is x
    del x


def an_inference_tensor_may_ask_for_gradients_inside(torch):
    with torch.inference_mode():
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = torch.tensor([1.0, 2.0]).requires_grad_()
        flags = [x.requires_grad, y.requires_grad, (x * y).requires_grad]
    del x, y


def an_inference_tensor_cannot_be_changed_outside(torch):
    with torch.inference_mode():
        x = torch.tensor([1.0, 2.0])
    x.add_(1)


def not_even_without_recording_can_it_be_changed(torch):
    with torch.inference_mode():
        x = torch.tensor([1.0, 2.0])
    with torch.no_grad():
        x.add_(1)


def an_element_of_an_inference_tensor_cannot_be_assigned_outside(torch):
    with torch.inference_mode():
        x = torch.tensor([1.0, 2.0])
    x[0] = 3.0


def an_inference_tensor_can_be_changed_inside(torch):
    with torch.inference_mode():
        x = torch.tensor([1.0, 2.0])
        x.add_(1)
    values = x.tolist()
    del x


def an_inference_tensor_cannot_be_saved(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.inference_mode():
        c = torch.tensor([3.0, 4.0])
    y = x * c


def an_inference_tensor_that_is_not_saved_may_be_an_operand(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.inference_mode():
        c = torch.tensor([3.0, 4.0])
    y = x + c
    y.sum().backward()
    del c


def a_copy_of_an_inference_tensor_can_be_saved(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.inference_mode():
        c = torch.tensor([3.0, 4.0])
    y = x * c.clone()
    del c


def a_normal_tensor_changed_in_inference_mode_counts(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    with torch.inference_mode():
        x.add_(1)
        y.add_(1)
    versions = [x._version, y._version]


def a_view_made_in_inference_mode_cannot_be_changed_outside(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True).clone()
    with torch.inference_mode():
        view = x[0:1]
    view.add_(1)


def a_view_made_and_changed_in_inference_mode_is_well(torch):
    x = torch.tensor([1.0, 2.0])
    with torch.inference_mode():
        view = x[0:1]
        view.add_(1)
    version = x._version


def enable_grad_does_not_record_in_inference_mode(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.inference_mode():
        with torch.enable_grad():
            y = x * 2
            mode = torch.is_grad_enabled()
    answer = [y.requires_grad, y.is_inference()]
    del y


def inference_mode_can_be_switched_off_inside(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.inference_mode():
        with torch.inference_mode(False):
            y = x * 2
            modes = [torch.is_inference_mode_enabled(), torch.is_grad_enabled()]
        modes.append(torch.is_inference_mode_enabled())
    y.sum().backward()


def switching_inference_mode_off_switches_recording_on(torch):
    with torch.no_grad():
        with torch.inference_mode(False):
            mode = torch.is_grad_enabled()


def backward_works_inside_inference_mode(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    with torch.inference_mode():
        gradient = torch.autograd.grad(y, x)[0]
    kind = gradient.is_inference()
    del gradient


def nothing_goes_backward_from_inference_mode(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.inference_mode():
        (x * x).sum().backward()


def inference_mode_decorates_functions(torch):
    @torch.inference_mode()
    def double(t):
        return t * 2

    @torch.inference_mode
    def triple(t):
        return t * 3

    @torch.inference_mode(False)
    def fourfold(t):
        return t * 4

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    kinds = [f(x).is_inference() for f in (double, triple, fourfold)]


def inference_mode_lasts_as_long_as_a_decorated_generator_runs(torch):
    @torch.inference_mode()
    def steps():
        for _ in range(2):
            yield torch.is_inference_mode_enabled()

    modes = [(inside, torch.is_inference_mode_enabled()) for inside in steps()]


def an_exception_ends_inference_mode(torch):
    try:
        with torch.inference_mode():
            raise ValueError("on purpose")
    except ValueError:
        modes = [torch.is_inference_mode_enabled(), torch.is_grad_enabled()]
