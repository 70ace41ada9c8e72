"""Hooks: who may look at a gradient on its way, and who may change it.

A hook of a tensor sees the gradient of that tensor; a hook of a node sees what goes in or comes out
of one step of the walk; hooks on saved tensors say how values wait for their backward pass.
"""


def hooks_have_an_order(torch):
    """Those of the tensor, then those of its node before and after it has run."""
    seen = []
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: seen.append("after the node"))
    y.grad_fn.register_prehook(lambda grad_outputs: seen.append("before the node"))
    y.register_hook(lambda grad: seen.append("the tensor"))
    x.register_hook(lambda grad: seen.append("the leaf"))
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append("the leaf has its gradient"))
    y.sum().backward()


def a_hook_of_a_node_sees_gradients_of_inputs_and_outputs(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * torch.tensor([3.0, 4.0])
    seen = []
    y.grad_fn.register_hook(lambda *grads: seen.append(grads))
    y.sum().backward()


def a_hook_after_a_node_may_change_gradients_of_its_inputs(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: (grad_inputs[0] * 10, None))
    y.sum().backward()


def a_hook_before_a_node_may_change_gradients_of_its_outputs(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.grad_fn.register_prehook(lambda grad_outputs: (grad_outputs[0] * 10,))
    y.sum().backward()


def a_hook_may_take_a_gradient_away(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: (None, None))
    y.sum().backward()


def a_hook_that_returns_nothing_changes_nothing(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda grad: None)
    x.register_hook(print)
    (x * 3).sum().backward()


def hooks_of_several_outputs_see_what_each_one_gets(torch):
    """An output that nobody used has no gradient, and its hook is told so."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a, b = x.unbind()
    seen = []
    a.register_hook(lambda grad: seen.append(("a", grad)))
    b.register_hook(lambda grad: seen.append(("b", grad)))
    (b * 5).backward()


def a_hook_cannot_make_a_gradient_out_of_nothing(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a, b = x.unbind()
    a.register_hook(lambda grad: torch.tensor(1.0))
    b.backward()


def a_hook_must_keep_the_shape(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda grad: grad.sum())
    (x * 3).sum().backward()


def a_hook_must_keep_the_dtype(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    def widen(grad):
        return grad.double()

    x.register_hook(widen)
    (x * 3).sum().backward()


def a_hook_that_returns_a_newer_dtype_is_told_its_other_name(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda grad: grad.to(torch.bfloat16))
    (x * 3).sum().backward()


def a_hook_returns_a_tensor_or_nothing(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda grad: 3.0)
    (x * 3).sum().backward()


def a_hook_of_a_node_returns_a_tuple(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: grad_inputs[0])
    y.sum().backward()


def a_hook_of_a_node_returns_as_many_as_it_was_given(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: grad_outputs)
    y.sum().backward()


def a_hook_before_a_node_returns_as_many_as_it_was_given(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.grad_fn.register_prehook(lambda grad_outputs: ())
    y.sum().backward()


def a_hook_takes_one_gradient(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    def hook():
        return None

    x.register_hook(hook)
    (x * 3).sum().backward()


def what_is_no_function_fails_when_it_is_called(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    handle = x.register_hook(3)
    (x * 3).sum().backward()


def a_hook_may_be_removed_twice(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    handle = x.register_hook(lambda grad: grad * 10)
    handle.remove()
    handle.remove()
    (x * 3).sum().backward()


def a_handle_is_a_block_in_which_the_hook_holds(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with x.register_hook(lambda grad: grad * 10):
        (x * 1).sum().backward()
    (x * 1).sum().backward()


def removing_a_hook_keeps_the_others_in_order(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    first = x.register_hook(lambda grad: grad * 7)
    x.register_hook(lambda grad: grad + 1)
    first.remove()
    x.register_hook(lambda grad: grad * 10)
    (x * 1).sum().backward()


def hooks_work_for_grad_too(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda grad: grad * 10)
    gradient = torch.autograd.grad((x * 3).sum(), x)[0]


def a_hook_runs_in_the_mode_of_the_backward_pass(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    modes = []
    x.register_hook(lambda grad: modes.append((torch.is_grad_enabled(), grad.requires_grad)))
    first = torch.autograd.grad((x * x).sum(), x)
    second = torch.autograd.grad((x * x).sum(), x, create_graph=True)[0].requires_grad


def a_hook_of_a_recorded_gradient_is_in_its_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda grad: grad * grad)
    gradient = torch.autograd.grad((x * x).sum(), x, create_graph=True)[0]
    second = torch.autograd.grad(gradient.sum(), x)[0]


def a_hook_may_write_to_a_gradient_that_is_not_expanded(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.register_hook(lambda grad: grad.mul_(10))
    (y * 1).sum().backward()


def the_gradient_of_a_sum_is_expanded_and_cannot_be_written(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    seen = []
    y.register_hook(seen.append)
    y.sum().backward()
    seen[0].mul_(10)


def a_step_in_place_leaves_hooks_with_the_old_value(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    seen = []
    y.register_hook(lambda grad: seen.append(("before the step", grad)))
    y.mul_(3)
    y.register_hook(lambda grad: seen.append(("after the step", grad)))
    y.sum().backward()


def a_retained_gradient_accumulates_in_a_new_tensor(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.retain_grad()
    y.sum().backward(retain_graph=True)
    first = y.grad
    y.sum().backward()
    same = first is y.grad


def hooks_on_constants_are_refused(torch):
    x = torch.tensor([1.0, 2.0])
    x.register_post_accumulate_grad_hook(print)


def a_hook_after_accumulation_sees_the_leaf(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    seen = []
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append(leaf.grad.tolist()))
    (x * x).sum().backward()
    (x * x).sum().backward()


def a_hook_after_accumulation_may_consume_the_gradient(torch):
    """An optimizer that is part of the backward pass."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    def step(leaf):
        with torch.no_grad():
            leaf -= 0.5 * leaf.grad
        leaf.grad = None

    x.register_post_accumulate_grad_hook(step)
    (x * 3).sum().backward()


def a_hook_after_accumulation_waits_for_accumulation(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    seen = []
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append(leaf.grad))
    gradient = torch.autograd.grad((x * x).sum(), x)[0]


def only_leaves_accumulate(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * 2).register_post_accumulate_grad_hook(print)


def a_hook_after_accumulation_returns_nothing(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda leaf: 3)
    (x * x).sum().backward()


def an_accumulator_is_a_node_with_hooks(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    seen = []
    accumulator = y.grad_fn.next_functions[0][0]
    accumulator.register_prehook(lambda grads: (grads[0] * 10,))
    accumulator.register_hook(lambda grad_inputs, grad_outputs: seen.append(grad_inputs))
    y.sum().backward()


def backward_with_inputs_runs_hooks_of_what_it_needs(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    seen = []
    x.register_hook(lambda grad: seen.append("x"))
    w.register_hook(lambda grad: seen.append("w"))
    (x * w).sum().backward(inputs=[x])


def grad_of_a_result_does_not_run_its_node(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    seen = []
    y.register_hook(lambda grad: seen.append("the tensor"))
    y.grad_fn.register_prehook(lambda grads: seen.append("the node"))
    gradient = torch.autograd.grad(y.sum(), y)[0]


def backward_to_a_result_runs_its_node(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    seen = []
    y.grad_fn.register_prehook(lambda grads: seen.append("the node"))
    y.sum().backward(inputs=[y])


def a_hook_may_go_backward_itself(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    product = (w * w).sum()
    y = x * 2
    y.register_hook(lambda grad: product.backward())
    y.sum().backward()


def a_multi_grad_hook_waits_for_all_gradients(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    seen = []
    torch.autograd.graph.register_multi_grad_hook([x, w], lambda grads: seen.append(grads))
    (x * w).sum().backward()


def a_multi_grad_hook_does_not_wait_for_what_is_not_there(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y, z = x * 2, x * 3
    seen = []
    handle = torch.autograd.graph.register_multi_grad_hook((y, z), lambda grads: seen.append(grads))
    (y * 5).sum().backward()
    handle.remove()
    (y + z).sum().backward()


def a_multi_grad_hook_may_take_the_first(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y, z = x * 2, x * 3
    seen = []
    torch.autograd.graph.register_multi_grad_hook([y, z], seen.append, mode="any")
    (y + z * 7).sum().backward()


def a_multi_grad_hook_waits_for_all_or_any(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.autograd.graph.register_multi_grad_hook([x], print, mode="some")


def a_multi_grad_hook_for_all_needs_gradients(torch):
    x = torch.tensor([1.0, 2.0])
    torch.autograd.graph.register_multi_grad_hook([x], print)


def a_multi_grad_hook_knows_no_leaves_of_grad(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.autograd.graph.register_multi_grad_hook([x], print)
    torch.autograd.grad((x * x).sum(), x)


def saved_tensors_can_be_packed(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    events = []

    def pack(tensor):
        events.append(("pack", tensor.tolist(), tensor.is_leaf, tensor.requires_grad))
        return tensor.tolist()

    def unpack(values):
        events.append(("unpack", values))
        return torch.tensor(values)

    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        y = (x * x).sqrt()
    y.sum().backward()


def what_unpacking_gives_is_what_the_formula_sees(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    hooks = torch.autograd.graph.saved_tensors_hooks
    with hooks(lambda tensor: tensor.detach() * 10, lambda tensor: tensor):
        y = x * x
    y.sum().backward()


def saved_operands_are_packed_by_name_and_results_last(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    exponent = torch.tensor([3.0, 4.0], requires_grad=True)
    packed = []
    hooks = torch.autograd.graph.saved_tensors_hooks
    with hooks(lambda tensor: packed.append(tensor.tolist()), lambda nothing: nothing):
        y = x**exponent


def numbers_are_not_packed(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    three = torch.tensor(3.0)
    packed = []
    hooks = torch.autograd.graph.saved_tensors_hooks
    with hooks(lambda tensor: packed.append(tensor.tolist()), lambda nothing: nothing):
        y = x * 3
        z = x * three


def the_innermost_hooks_pack(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    packed = []
    hooks = torch.autograd.graph.saved_tensors_hooks
    with hooks(lambda tensor: packed.append("outer"), lambda nothing: nothing):
        with hooks(lambda tensor: packed.append("inner"), lambda nothing: nothing):
            y = x.sqrt()
        z = x.sqrt()


def packing_is_not_recorded(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    modes = []
    hooks = torch.autograd.graph.saved_tensors_hooks
    with hooks(lambda tensor: modes.append(torch.is_grad_enabled()), lambda nothing: nothing):
        y = x.sqrt()


def packed_tensors_have_no_version(torch):
    """Nobody can follow a value through a user's function, so nobody notices the step."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: tensor, lambda tensor: tensor):
        y = x.sqrt()
    y.mul_(2)
    y.sum().backward()


def a_pack_hook_must_not_write(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    hooks = torch.autograd.graph.saved_tensors_hooks
    with hooks(lambda tensor: tensor.add_(1), lambda tensor: tensor):
        y = x.sqrt()


def an_unpack_hook_returns_a_tensor(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: 3, lambda number: number):
        y = x.sqrt()
    y.sum().backward()


def an_unpacked_leaf_is_still_the_leaf_to_autograd(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    hooks = torch.autograd.graph.saved_tensors_hooks
    with hooks(lambda tensor: tensor.detach().clone(), lambda tensor: tensor):
        y = x * x * x
    gradient = torch.autograd.grad(y.sum(), x, create_graph=True)[0]
    second = torch.autograd.grad(gradient.sum(), x)[0]


def one_saved_tensor_can_be_packed_later(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.sqrt()
    y.grad_fn._raw_saved_result.register_hooks(lambda tensor: tensor * 10, lambda tensor: tensor)
    saved = y.grad_fn._saved_result
    y.sum().backward()


def a_saved_tensor_is_packed_before_it_is_freed(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.sqrt()
    saved = y.grad_fn._raw_saved_result
    y.sum().backward()
    saved.register_hooks(lambda tensor: tensor, lambda tensor: tensor)


def what_was_not_saved_cannot_be_packed(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * torch.tensor([3.0, 4.0])
    y.grad_fn._raw_saved_self.register_hooks(lambda tensor: tensor, lambda tensor: tensor)


def save_on_cpu_changes_nothing_on_a_cpu(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.save_on_cpu():
        y = (x * x).sum()
    y.backward()


def hooks_on_saved_tensors_can_be_disabled(torch):
    with torch.autograd.graph.disable_saved_tensors_hooks("not here"):
        torch.autograd.graph.save_on_cpu().__enter__()


def disabling_under_hooks_is_refused(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.save_on_cpu():
        torch.autograd.graph.disable_saved_tensors_hooks("not here").__enter__()


def the_outer_message_is_back_after_an_inner_block(torch):
    with torch.autograd.graph.disable_saved_tensors_hooks("outer"):
        with torch.autograd.graph.disable_saved_tensors_hooks("inner"):
            pass
        torch.autograd.graph.save_on_cpu().__enter__()


def saved_tensors_may_be_changed_where_that_is_allowed(torch):
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = x.clone()
        z = (y**2).sum()
        y.mul_(5)
        z.backward()


def changed_saved_tensors_are_there_in_their_block_only(torch):
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = x.clone()
        z = (y**2).sum()
        y.mul_(5)
    z.backward()


def allowing_changes_does_not_nest(torch):
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        torch.autograd.graph.allow_mutation_on_saved_tensors().__enter__()


def a_version_can_be_counted_up_by_hand(torch):
    x = torch.tensor([1.0, 2.0])
    y = torch.tensor([1.0, 2.0])
    torch.autograd.graph.increment_version(x)
    torch.autograd.graph.increment_version([x, y])
    versions = [x._version, y._version]


def a_version_counted_up_by_hand_is_noticed(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.sqrt()
    torch.autograd.graph.increment_version(y)
    y.sum().backward()


def only_tensors_have_versions(torch):
    torch.autograd.graph.increment_version([3])


def versions_are_counted_of_one_tensor_or_several(torch):
    torch.autograd.graph.increment_version(3)


def a_product_in_a_hook_is_like_any_other(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda grad: 3 - grad * 2)
    first = torch.autograd.grad((x * x).sum(), x, create_graph=True)[0]
