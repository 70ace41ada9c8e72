"""Results into given tensors.

Most functions write their result into a tensor that is handed to them as `out`. That is no step
that autograd could take back, so it refuses to try.
"""


def out_is_what_is_returned(torch):
    out = torch.empty(3)
    same = torch.add(torch.ones(3), 2, out=out) is out


def out_counts_as_a_write(torch):
    out = torch.zeros(3)
    torch.exp(torch.zeros(3), out=out)
    version = out._version


def out_of_nothing_gets_the_size_of_the_result(torch):
    out = torch.empty(0)
    torch.mul(torch.ones(2, 1), torch.arange(3.0), out=out)


def out_of_another_size_is_resized_though_it_is_deprecated(torch):
    out = torch.empty(5)
    torch.add(torch.ones(2, 3), 1, out=out)


def out_may_be_a_view(torch):
    x = torch.zeros(3, 3)
    torch.add(torch.ones(3), 1, out=x[1])
    torch.mul(torch.ones(3), 5, out=x.t()[0])


def out_may_be_an_operand(torch):
    x = torch.arange(3.0)
    torch.mul(x, x, out=x)


def out_may_not_lie_half_over_an_operand(torch):
    x = torch.arange(4.0)
    torch.add(x[1:], 1, out=x[:-1])


def out_may_not_be_expanded(torch):
    out = torch.zeros(1).expand(3)
    torch.add(torch.ones(3), 1, out=out)


def out_of_an_elementwise_function_converts_to_a_wider_kind(torch):
    i = torch.arange(3)
    a = torch.add(i, 1, out=torch.empty(0))
    b = torch.add(a, 1, out=torch.empty(0, dtype=torch.float64))
    c = torch.add(b, 1, out=torch.empty(0, dtype=torch.float16))
    d = torch.add(c, 1, out=torch.empty(0, dtype=torch.complex64))


def out_of_integers_cannot_hold_floats(torch):
    out = torch.zeros(3, dtype=torch.int64)
    torch.add(torch.ones(3), 1, out=out)


def out_of_a_comparison_takes_any_dtype(torch):
    x = torch.arange(3.0)
    y = [
        torch.gt(x, 1, out=torch.empty(0, dtype=d))
        for d in (torch.bool, torch.float32, torch.uint8)
    ]


def out_of_a_sum_says_in_which_dtype_it_is_taken(torch):
    x = torch.tensor([1.5, 2.5, 3.0])
    y = torch.sum(x, 0, out=torch.empty(0, dtype=torch.int64))
    z = torch.cumsum(x, 0, out=torch.empty(0, dtype=torch.float64))


def out_of_a_matrix_product_has_its_dtype(torch):
    x = torch.ones(2, 2)
    torch.mm(x, x, out=torch.empty(2, 2, dtype=torch.float64))


def out_of_a_norm_has_its_dtype(torch):
    x = torch.ones(2, 2)
    torch.linalg.vector_norm(x, out=torch.empty(0, dtype=torch.float64))


def out_of_a_rounding_function_has_its_dtype(torch):
    x = torch.ones(2)
    torch.floor(x, out=torch.empty(2, dtype=torch.float64))


def out_of_positions_holds_integers(torch):
    x = torch.ones(2)
    torch.argmax(x, 0, out=torch.empty(0))


def out_of_a_join_converts_to_a_wider_kind(torch):
    x = torch.ones(2)
    y = torch.cat([x, x], out=torch.empty(0, dtype=torch.float64))
    torch.cat([x, x], out=torch.empty(0, dtype=torch.int64))


def out_of_two_results_is_a_pair(torch):
    x = torch.tensor([[3.0, 1.0], [2.0, 4.0]])
    values, indices = torch.empty(0), torch.empty(0, dtype=torch.int64)
    found = torch.max(x, 1, out=(values, indices))
    same = [found.values is values, found.indices is indices]
    print(found)


def out_of_two_results_is_not_one(torch):
    x = torch.tensor([[3.0, 1.0], [2.0, 4.0]])
    torch.sort(x, 1, out=(torch.empty(0), torch.empty(0), torch.empty(0)))


def out_of_two_results_has_their_dtypes(torch):
    x = torch.tensor([[3.0, 1.0], [2.0, 4.0]])
    torch.max(x, 1, out=(torch.empty(0), torch.empty(0)))


def out_of_a_function_that_makes_a_tensor_says_its_dtype(torch):
    x = torch.zeros(2, 2, out=torch.ones(0, dtype=torch.int64))
    y = torch.arange(3, out=torch.empty(0))
    z = torch.eye(2, out=torch.empty(0, dtype=torch.float64))


def out_of_a_function_that_makes_a_tensor_agrees_with_a_given_dtype(torch):
    x = torch.zeros(2, dtype=torch.float64, out=torch.empty(0))


def out_is_not_differentiated(torch):
    x = torch.ones(3, requires_grad=True)
    torch.mul(x, 2, out=torch.empty(3))


def out_may_not_require_a_gradient(torch):
    out = torch.zeros(3, requires_grad=True)
    torch.mul(torch.ones(3), 2, out=out)


def out_is_written_where_nothing_is_recorded(torch):
    x = torch.ones(3, requires_grad=True)
    with torch.no_grad():
        torch.add(x, x.grad if x.grad is not None else 1, out=x)
    version = x._version


def out_of_a_result_that_has_no_gradient_is_written(torch):
    x = torch.ones(3, requires_grad=True)
    y = torch.eq(x, 1, out=torch.empty(0, dtype=torch.bool))
    z = torch.argmax(x, 0, out=torch.empty(0, dtype=torch.int64))


def out_names_the_operation_that_would_be_differentiated(torch):
    x = torch.ones(3, requires_grad=True)
    torch.hstack([x, x], out=torch.empty(0))


def out_of_a_saved_tensor_is_noticed(torch):
    x = torch.ones(3, requires_grad=True)
    c = torch.ones(3)
    y = (x * c).sum()
    torch.add(c, 1, out=c)
    y.backward()


def out_of_nothing_at_all_is_no_out(torch):
    x = torch.ones(3, requires_grad=True)
    y = torch.mul(x, 2, out=None)


def methods_take_no_out(torch):
    x = torch.ones(3)
    x.add(1, out=torch.empty(3))


def views_take_no_out(torch):
    x = torch.ones(3)
    torch.reshape(x, (3, 1), out=torch.empty(0))


def out_of_a_sum_needs_a_dimension(torch):
    torch.sum(torch.ones(3), out=torch.empty(0))


def out_is_a_tensor(torch):
    torch.add(torch.ones(3), 1, out=[torch.empty(3)])
