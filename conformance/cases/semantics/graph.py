"""The graph: what an operation remembers.

Every operation on a tensor that requires grad leaves a node behind. The nodes point from results
back to the tensors that were made by hand; `backward` will walk that way.
"""


def a_tensor_made_by_hand_is_a_leaf(torch):
    x = torch.tensor([1.0, 2.0])
    w = torch.tensor([3.0, 4.0], requires_grad=True)


def a_result_is_not_a_leaf(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2


def a_result_requires_grad_when_any_operand_does(torch):
    x = torch.tensor([1.0, 2.0])
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    constant = x * x
    result = x * w


def a_result_of_constants_is_a_leaf(torch):
    """Without gradients there is nothing behind it, so it counts as made by hand."""
    x = torch.tensor([1.0, 2.0])
    leaf = (x * 2 + 1).is_leaf
    node = (x * 2 + 1).grad_fn


def a_node_is_named_after_its_operation(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    added = x + x
    multiplied = x * x
    summed = x.sum()
    names = [y.grad_fn.name() for y in (added, multiplied, summed)]


def a_number_minus_a_tensor_has_a_node_of_its_own(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x - 1
    z = 1 - x


def a_node_points_to_the_nodes_of_its_operands(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    y = x.sqrt() * x.abs()
    names = [node.name() for node, _ in y.grad_fn.next_functions]


def a_leaf_is_reached_through_accumulate_grad(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    y = x.sqrt()
    name = y.grad_fn.next_functions[0][0].name()
    found = y.grad_fn.next_functions[0][0].variable is x


def one_leaf_has_one_accumulate_grad(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    y = x * x
    z = x.sqrt()
    same = y.grad_fn.next_functions[0][0] is y.grad_fn.next_functions[1][0]
    also = y.grad_fn.next_functions[0][0] is z.grad_fn.next_functions[0][0]


def accumulate_grad_is_the_end_of_the_graph(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    y = x.sqrt()
    onward = y.grad_fn.next_functions[0][0].next_functions


def a_constant_operand_is_an_edge_to_nothing(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    c = torch.tensor([3.0, 4.0])
    y = x * c
    edges = len(y.grad_fn.next_functions)
    nothing = y.grad_fn.next_functions[1]


def a_number_is_an_edge_to_nothing_too(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    edges = len(y.grad_fn.next_functions)
    nothing = y.grad_fn.next_functions[1]


def the_exponent_of_a_power_may_leave_no_edge(torch):
    """A number as the exponent is kept in the node; a tensor is an operand."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x**2
    z = x ** torch.tensor([2.0, 2.0])
    edges = [len(y.grad_fn.next_functions), len(z.grad_fn.next_functions)]


def a_graph_can_be_followed_back_to_the_leaf(torch):
    x = torch.tensor([2.0, 8.0], requires_grad=True)
    y = (x * 2).sqrt().sum()
    names = []
    node = y.grad_fn
    while node is not None:
        names.append(node.name())
        node = node.next_functions[0][0] if node.next_functions else None


def several_outputs_share_one_node(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a, b = x.unbind()
    same = a.grad_fn is b.grad_fn
    numbers = [a.output_nr, b.output_nr]


def an_edge_carries_the_output_number(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a, b = x.unbind()
    y = b * 5
    number = y.grad_fn.next_functions[0][1]
    y.backward()


def positions_do_not_require_grad(torch):
    x = torch.tensor([1.0, 3.0, 2.0], requires_grad=True)
    values, indices = x.max(dim=0)
    position = x.argmax()


def a_comparison_does_not_require_grad(torch):
    x = torch.tensor([1.0, 3.0, 2.0], requires_grad=True)
    mask = x > 1.5


def broadcasting_leaves_no_node(torch):
    """The node of the addition sums the gradient to the shape of each operand itself."""
    x = torch.tensor([[1.0], [2.0]], requires_grad=True)
    w = torch.tensor([10.0, 20.0, 30.0], requires_grad=True)
    y = x + w
    y.sum().backward()


def a_clone_stays_in_the_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.clone()
    y.backward(torch.tensor([3.0, 4.0]))


def a_view_is_an_operation_like_any_other(torch):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    y = x.view(2, 2)
    z = y.t()
    z.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))


def selecting_an_element_is_an_operation(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    row = x[1]
    element = x[1, 0]
    element.backward()


def a_conversion_that_changes_nothing_returns_the_tensor_itself(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    same = [x.float() is x, x.contiguous() is x, x.to(torch.float32) is x]
    other = x.double()


def a_linear_layer_is_one_node(torch):
    x = torch.tensor([[1.0, 2.0]])
    w = torch.tensor([[3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    b = torch.tensor([7.0, 8.0], requires_grad=True)
    y = torch.nn.functional.linear(x, w, b)
    y.sum().backward()


def a_matrix_product_has_a_node_for_each_pair_of_ranks(torch):
    v = torch.tensor([1.0, 2.0], requires_grad=True)
    m = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    vector_vector = v @ v
    matrix_vector = m @ v
    matrix_matrix = m @ m


def a_node_keeps_what_its_formula_needs(torch):
    """The derivative of a product needs the other factor, that of a root its result."""
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    w = torch.tensor([3.0, 5.0], requires_grad=True)
    product, root = x * w, x.sqrt()
    saved = [product.grad_fn._saved_self, product.grad_fn._saved_other, root.grad_fn._saved_result]


def a_saved_operand_is_the_tensor_itself(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    c = torch.tensor([3.0, 5.0])
    y = x * c
    same = y.grad_fn._saved_other is c


def a_saved_result_is_a_new_tensor_of_the_same_place(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    y = x.sqrt()
    saved = y.grad_fn._saved_result
    same = [saved is y, saved.grad_fn is y.grad_fn, saved.data_ptr() == y.data_ptr()]


def what_no_gradient_needs_is_not_kept(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    c = torch.tensor([3.0, 5.0])
    y = x * c
    saved = y.grad_fn._saved_self


def a_node_keeps_shapes_under_the_name_of_sizes(torch):
    x = torch.tensor([[1.0, 4.0]], requires_grad=True)
    y = x.view(2)
    sizes = y.grad_fn._saved_self_sym_sizes


def a_node_keeps_numbers_as_numbers(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    y = x**-2
    saved = y.grad_fn._saved_exponent


def a_node_lists_what_it_keeps(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    y = x.sqrt()
    names = [name for name in dir(y.grad_fn) if name.startswith("_saved_")]


def saved_tensors_are_gone_after_backward(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    y = x.sqrt()
    y.sum().backward()
    saved = y.grad_fn._saved_result


def saved_tensors_stay_with_retain_graph(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    y = x.sqrt()
    y.sum().backward(retain_graph=True)
    saved = y.grad_fn._saved_result


def a_saved_tensor_that_was_overwritten_cannot_be_read(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    y = x.sqrt()
    y.add_(1)
    saved = y.grad_fn.next_functions[0][0]._saved_result


def a_node_has_no_attributes_but_its_own(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    x.sqrt().grad_fn._saved_other


def nodes_are_numbered_in_the_order_of_the_program(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    first, second = x * 2, x * 2
    between = second.grad_fn._sequence_nr() - first.grad_fn._sequence_nr()


def an_accumulator_has_the_highest_number(torch):
    """It runs as soon as its gradient is complete."""
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    number = (x * 2).grad_fn.next_functions[0][0]._sequence_nr()


def a_node_knows_the_shapes_and_dtypes_of_its_outputs(torch):
    x = torch.tensor([[1.0, 4.0]], requires_grad=True)
    known = [(m.shape, m.dtype, m.device) for m in x.unbind(1)[0].grad_fn._input_metadata]


def a_node_has_room_for_notes(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    y = x * 2
    before = dict(y.grad_fn.metadata)
    y.grad_fn.metadata["note"] = "doubled"
    after = y.grad_fn.metadata


def every_node_is_a_node(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    node = (x * 2).grad_fn
    kinds = [isinstance(n, torch.autograd.graph.Node) for n in (node, node.next_functions[0][0])]
    other = isinstance(x, torch.autograd.graph.Node)


def nodes_of_one_operation_are_of_one_class(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    same = type((x * 2).grad_fn) is type((x * 3).grad_fn)
    name = type((x * 2).grad_fn).__name__


def a_node_can_be_called_with_a_gradient(torch):
    """It answers with the gradients of its inputs, and accumulates nothing."""
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    c = torch.tensor([3.0, 5.0])
    y = x * c
    with torch.no_grad():
        gradients = y.grad_fn(torch.tensor([1.0, 10.0]))


def a_called_accumulator_accumulates(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    accumulator = (x * 2).grad_fn.next_functions[0][0]
    nothing = accumulator(torch.tensor([1.0, 10.0]))


def a_node_is_called_with_one_gradient_for_each_output(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    x.sqrt().grad_fn()


def a_node_is_called_with_tensors(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    x.sqrt().grad_fn(3.0)


def a_gradient_edge_stands_for_a_tensor(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    edge = torch.autograd.graph.get_gradient_edge(x)
    y = (x * x).sum()
    gradient = torch.autograd.grad(y, edge)[0]


def a_gradient_edge_is_a_node_and_a_number(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    second = x.unbind()[1]
    edge = torch.autograd.graph.get_gradient_edge(second)
    parts = [edge.node is second.grad_fn, edge.output_nr, edge.ownership_token]


def backward_starts_at_an_edge(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    edge = torch.autograd.graph.get_gradient_edge((x * x).sum())
    torch.autograd.backward(edge)


def an_edge_knows_the_shape_that_weights_must_have(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    edge = torch.autograd.graph.get_gradient_edge(x * x)
    torch.autograd.backward(edge, torch.tensor([1.0, 1.0, 1.0]))


def an_edge_of_several_elements_needs_weights(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    edge = torch.autograd.graph.get_gradient_edge(x * x)
    torch.autograd.backward(edge)


def a_constant_has_no_edge(torch):
    x = torch.tensor([1.0, 4.0])
    torch.autograd.graph.get_gradient_edge(x)


def zeros_cannot_be_made_for_an_edge(torch):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    unused = torch.autograd.graph.get_gradient_edge(torch.tensor([1.0], requires_grad=True))
    torch.autograd.grad((x * x).sum(), unused, materialize_grads=True)


def a_recorded_gradient_has_nodes_of_its_own(torch):
    """What makes the gradient of tanh is one operation, and has a derivative in turn."""
    x = torch.tensor([0.0, 0.0], requires_grad=True)
    y = x.tanh()
    first = torch.autograd.grad(y.sum(), x, create_graph=True)[0]
    names = [first.grad_fn.name()] + [node.name() for node, _ in first.grad_fn.next_functions]


def the_gradient_of_a_sum_over_a_dimension_is_unsqueezed_and_expanded(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    weights = torch.tensor([1.0, 10.0], requires_grad=True)
    first = torch.autograd.grad(x.sum(1), x, weights, create_graph=True)[0]


def the_gradient_of_a_matrix_product_is_made_of_matrix_products(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    w = torch.tensor([[5.0, 6.0], [7.0, 8.0]], requires_grad=True)
    weights = torch.tensor([[1.0, 10.0], [100.0, 1000.0]], requires_grad=True)
    first = torch.autograd.grad(x @ w, [x, w], weights, create_graph=True)


def the_gradient_of_what_is_gathered_is_scattered(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    weights = torch.tensor([[1.0], [10.0]], requires_grad=True)
    gathered = x.gather(1, torch.tensor([[1], [0]]))
    first = torch.autograd.grad(gathered, x, weights, create_graph=True)[0]


def the_gradient_of_a_maximum_over_a_dimension_is_scattered(torch):
    x = torch.tensor([[1.0, 2.0], [4.0, 3.0]], requires_grad=True)
    weights = torch.tensor([1.0, 10.0], requires_grad=True)
    first = torch.autograd.grad(x.max(1).values, x, weights, create_graph=True)[0]


def the_gradient_of_the_larger_of_two_is_masked(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    w = torch.tensor([3.0, 2.0, 1.0], requires_grad=True)
    weights = torch.tensor([1.0, 10.0, 100.0], requires_grad=True)
    first = torch.autograd.grad(torch.maximum(x, w), [x, w], weights, create_graph=True)
