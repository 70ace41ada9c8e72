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
