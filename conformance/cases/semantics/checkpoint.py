"""Checkpoints: ``torch.utils.checkpoint``, which computes again what it did not keep.

With ``use_reentrant=True`` a custom function runs a backward pass within the backward pass; without
it, the graph is there, and what it saved is computed again when it is asked for.
"""


def a_function_runs_again_in_the_backward_pass(torch):
    checkpoint = torch.utils.checkpoint.checkpoint

    def square(x):
        print("square", torch.is_grad_enabled())
        return x * x

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = checkpoint(square, x, use_reentrant=False)
    y.sum().backward()
    z = checkpoint(square, x, use_reentrant=True)
    z.sum().backward()


def a_checkpoint_says_which_kind_it_is(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = checkpoint(lambda x: x * x, x)
    y.sum().backward()


def a_reentrant_checkpoint_wants_an_input_that_requires_grad(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    x = torch.tensor([1.0, 2.0])
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    y = checkpoint(lambda x: x * w, x, use_reentrant=True)
    z = checkpoint(lambda x: x * w, x, use_reentrant=False)
    z.sum().backward()


def a_reentrant_checkpoint_reaches_leaves_that_its_function_encloses(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    y = checkpoint(lambda x, n: x * w * n, x, 2, use_reentrant=True)
    y.sum().backward()


def a_reentrant_checkpoint_cannot_be_asked_for_gradients(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = checkpoint(lambda x: x * x, x, use_reentrant=True)
    torch.autograd.grad(y.sum(), x)


def a_reentrant_checkpoint_needs_an_output_that_requires_grad(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = checkpoint(lambda x: x.detach() * 2, x, use_reentrant=True)
    y.sum().backward()


def a_reentrant_checkpoint_takes_no_names(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    checkpoint(lambda x, n: x * n, x, n=2, use_reentrant=True)


def the_other_kind_takes_names(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = checkpoint(lambda x, n: x * n * x, x, n=2, use_reentrant=False)
    y.sum().backward()


def the_other_kind_can_be_asked_for_gradients_twice(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = checkpoint(lambda x: x * x * x, x, use_reentrant=False)
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)


def the_other_kind_leaves_the_graph_as_it_is(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = checkpoint(lambda x: (x * x).sqrt() + 1, x, use_reentrant=False)
    z = (x * x).sqrt() + 1


def running_again_stops_when_nothing_more_is_needed(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    set_checkpoint_early_stop = torch.utils.checkpoint.set_checkpoint_early_stop

    def steps(x):
        y = x * x
        print("after the product")
        return y + 1

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    checkpoint(steps, x, use_reentrant=False).sum().backward()
    print("to the end")
    checkpoint(steps, x, use_reentrant=False, early_stop=False).sum().backward()
    with set_checkpoint_early_stop(False):
        y = checkpoint(steps, x, use_reentrant=False)
    y.sum().backward()


def random_numbers_are_drawn_again(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    torch.manual_seed(0)
    draws = []

    def noisy(x):
        noise = torch.rand(2)
        draws.append(noise)
        return x * x * noise

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = checkpoint(noisy, x, use_reentrant=False)
    z = checkpoint(noisy, x, use_reentrant=True)
    (y + z).sum().backward()
    after = torch.rand(1)


def random_numbers_may_be_drawn_anew(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    torch.manual_seed(0)
    draws = []

    def noisy(x):
        noise = torch.rand(2)
        draws.append(noise)
        return x * noise * x

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = checkpoint(noisy, x, use_reentrant=True, preserve_rng_state=False)
    y.sum().backward()


def fewer_tensors_the_second_time_are_an_error(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    calls = []

    def changing(x):
        calls.append(1)
        return x * x * x if len(calls) == 1 else x * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = checkpoint(changing, x, use_reentrant=False)
    y.sum().backward()


def more_tensors_the_second_time_are_an_error_without_early_stop(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    calls = []

    def changing(x):
        calls.append(1)
        return x * x if len(calls) == 1 else x * x * x

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = checkpoint(changing, x, use_reentrant=False, early_stop=False)
    try:
        y.sum().backward()
    except RuntimeError as error:
        print(type(error).__name__, error)


def other_shapes_the_second_time_are_an_error(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    calls = []

    def changing(x):
        calls.append(1)
        return x.exp() if len(calls) == 1 else x[:1].exp()

    x = torch.tensor([0.0, 0.0], requires_grad=True)
    y = checkpoint(changing, x, use_reentrant=False)
    y.sum().backward()


def nobody_looks_at_shapes_if_asked_not_to(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    calls = []

    def changing(x):
        calls.append(1)
        return x.sqrt() if len(calls) == 1 else x[:1].sqrt()

    x = torch.tensor([1.0, 4.0], requires_grad=True)
    y = checkpoint(changing, x, use_reentrant=False, determinism_check="none")
    y.sum().backward()


def there_are_two_ways_to_check(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    checkpoint(lambda x: x * x, x, use_reentrant=False, determinism_check="values")


def contexts_surround_both_runs(torch):
    checkpoint = torch.utils.checkpoint.checkpoint

    class Told:
        def __init__(self, when):
            self.when = when

        def __enter__(self):
            print("enter", self.when)

        def __exit__(self, *exc):
            print("leave", self.when)

    x = torch.tensor([1.0, 4.0], requires_grad=True)
    contexts = lambda: (Told("first"), Told("again"))
    y = checkpoint(lambda x: x * x, x, use_reentrant=False, context_fn=contexts)
    y.sum().backward()


def contexts_are_not_for_reentrant_checkpoints(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    contexts = lambda: (torch.no_grad(), torch.no_grad())
    checkpoint(lambda x: x * x, x, use_reentrant=True, context_fn=contexts)


def inputs_of_a_checkpoint_must_not_have_changed(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    a = x * 1
    y = checkpoint(lambda a: a * a, a, use_reentrant=False)
    a.add_(1)
    y.sum().backward()


def without_grad_mode_a_checkpoint_only_runs_its_function(torch):
    checkpoint = torch.utils.checkpoint.checkpoint
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    with torch.no_grad():
        y = checkpoint(lambda x: x * x, x, use_reentrant=False)
        z = checkpoint(lambda x: x * x, x, use_reentrant=True)


def checkpoints_nest(torch):
    checkpoint = torch.utils.checkpoint.checkpoint

    def inner(x):
        print("inner")
        return x * x

    def outer(x):
        print("outer")
        return checkpoint(inner, x, use_reentrant=False) * x

    x = torch.tensor([1.0, 4.0], requires_grad=True)
    y = checkpoint(outer, x, use_reentrant=False)
    y.sum().backward()


def a_chain_of_functions_is_cut_into_checkpoints(torch):
    checkpoint_sequential = torch.utils.checkpoint.checkpoint_sequential

    def step(name):
        def run(x):
            print(name)
            return x * x

        return run

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = checkpoint_sequential([step("a"), step("b"), step("c")], 2, x, use_reentrant=False)
    y.sum().backward()
    z = checkpoint_sequential([step("a"), step("b"), step("c")], 3, x, use_reentrant=True)
    z.sum().backward()
