"""Custom functions: a forward and a backward of one's own, as one node of the graph.

A `Function` computes in `forward` and says in `backward` what its gradients are; `apply` calls it.
What it keeps, changes or leaves without a gradient it says on the context `ctx`, the node itself.
"""


def backward_is_what_its_author_wrote(torch):
    class Triple(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Triple.apply(x)
    y.sum().backward()


def the_node_bears_the_name_of_the_class(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * x

        @staticmethod
        def backward(ctx, grad):
            return grad

    x = torch.tensor([3.0], requires_grad=True)
    y = Square.apply(x)
    names = [y.grad_fn.name(), type(y.grad_fn).__name__]
    leads_to = [node.name() for node, _ in y.grad_fn.next_functions]


def the_context_is_the_node(torch):
    contexts = []

    class Keep(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            contexts.append(ctx)
            return x * 1

        @staticmethod
        def backward(ctx, grad):
            contexts.append(ctx)
            return grad

    x = torch.tensor([3.0], requires_grad=True)
    y = Keep.apply(x)
    y.backward()
    same = [context is y.grad_fn for context in contexts]


def nothing_within_forward_is_recorded(torch):
    seen = []

    class Look(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            product = x * x
            seen.extend([x.requires_grad, product.requires_grad, torch.is_grad_enabled()])
            return product

        @staticmethod
        def backward(ctx, grad):
            return grad

    x = torch.tensor([3.0], requires_grad=True)
    y = Look.apply(x)


def what_is_saved_for_backward_comes_back(torch):
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            result = x.exp()
            ctx.save_for_backward(result, None, x)
            return result

        @staticmethod
        def backward(ctx, grad):
            result, nothing, x = ctx.saved_tensors
            print(nothing, result.requires_grad, x.is_leaf)
            return grad * result

    x = torch.tensor([0.0, -0.0], requires_grad=True)
    y = Exp.apply(x)
    y.sum().backward()


def saved_tensors_are_freed_like_all_others(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 2 * x * grad

    x = torch.tensor([3.0], requires_grad=True)
    y = Square.apply(x)
    y.backward()
    (saved,) = y.grad_fn.saved_tensors


def a_function_that_saved_nothing_runs_backward_again(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = torch.tensor([3.0], requires_grad=True)
    y = Double.apply(x)
    y.backward()
    y.backward()


def a_saved_tensor_that_was_changed_is_detected(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 2 * x * grad

    x = torch.tensor([3.0], requires_grad=True)
    h = x * 1
    y = Square.apply(h)
    h.add_(1)
    (saved,) = y.grad_fn.saved_tensors


def only_tensors_can_be_saved(torch):
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor):
            ctx.save_for_backward(x, factor)
            return x * factor

        @staticmethod
        def backward(ctx, grad):
            return grad, None

    x = torch.tensor([3.0], requires_grad=True)
    y = Scale.apply(x, 2)


def anything_else_is_kept_as_an_attribute(torch):
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor):
            ctx.factor = factor
            return x * factor

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.factor, None

    x = torch.tensor([3.0], requires_grad=True)
    y = Scale.apply(x, 5)
    y.backward()
    kept = y.grad_fn.factor


def an_attribute_of_the_context_may_have_any_name(torch):
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.inputs, ctx.outputs, ctx.number, ctx.hooks, ctx.saved = 1, 2, 3, 4, 5
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            print(ctx.inputs, ctx.outputs, ctx.number, ctx.hooks, ctx.saved)
            return grad * 2

    x = torch.tensor([3.0], requires_grad=True)
    Scale.apply(x).backward()


def needs_input_grad_tells_which_gradients_are_wanted(torch):
    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b, number):
            ctx.save_for_backward(a, b)
            return a * b * number

        @staticmethod
        def backward(ctx, grad):
            print(ctx.needs_input_grad)
            a, b = ctx.saved_tensors
            return grad * b, None, None

    a = torch.tensor([3.0], requires_grad=True)
    b = torch.tensor([4.0])
    y = Product.apply(a, b, 1)
    y.backward()


def arguments_without_gradients_have_edges_to_nowhere_and_numbers_none_at_all(torch):
    class Mix(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, number, b):
            return a * number + b

        @staticmethod
        def backward(ctx, grad):
            return grad, None, None

    a = torch.tensor([3.0], requires_grad=True)
    b = torch.tensor([4.0])
    y = Mix.apply(a, 2, b)
    edges = [node if node is None else node.name() for node, _ in y.grad_fn.next_functions]


def none_stands_for_a_gradient_of_zero(torch):
    class First(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            return a + b

        @staticmethod
        def backward(ctx, grad):
            return grad, None

    a = torch.tensor([3.0], requires_grad=True)
    b = torch.tensor([4.0], requires_grad=True)
    y = First.apply(a, b)
    y.backward()


def backward_returns_as_many_gradients_as_forward_took_arguments(torch):
    class Sum(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            return a + b

        @staticmethod
        def backward(ctx, grad):
            return grad

    a = torch.tensor([3.0], requires_grad=True)
    y = Sum.apply(a, a)
    y.backward()


def surplus_gradients_must_be_none(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2, None, None

    a = torch.tensor([3.0], requires_grad=True)
    y = Double.apply(a)
    y.backward()


def a_surplus_gradient_is_refused(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2, grad

    a = torch.tensor([3.0], requires_grad=True)
    y = Double.apply(a)
    y.backward()


def a_gradient_for_a_number_is_refused(torch):
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, number):
            return a * number

        @staticmethod
        def backward(ctx, grad):
            return grad, grad

    a = torch.tensor([3.0], requires_grad=True)
    y = Scale.apply(a, 2.0)
    y.backward()


def a_gradient_has_to_be_a_tensor(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2

        @staticmethod
        def backward(ctx, grad):
            return 2.0

    a = torch.tensor([3.0], requires_grad=True)
    y = Double.apply(a)
    y.backward()


def a_gradient_of_another_shape_is_refused(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2

        @staticmethod
        def backward(ctx, grad):
            return torch.ones(3)

    a = torch.tensor([3.0, 4.0], requires_grad=True)
    y = Double.apply(a)
    y.sum().backward()


def a_gradient_that_was_broadcast_is_summed(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2

        @staticmethod
        def backward(ctx, grad):
            return grad.expand(3, 2)

    a = torch.tensor([3.0, 4.0], requires_grad=True)
    y = Double.apply(a)
    y.sum().backward()


def a_gradient_is_cast_to_the_dtype_of_its_input(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2

        @staticmethod
        def backward(ctx, grad):
            return grad.double() * 2

    a = torch.tensor([3.0], requires_grad=True)
    y = Double.apply(a)
    y.backward()
    kind = a.grad.dtype


def several_outputs_have_several_gradients(torch):
    class SumAndProduct(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            ctx.save_for_backward(a, b)
            return a + b, a * b

        @staticmethod
        def backward(ctx, of_sum, of_product):
            a, b = ctx.saved_tensors
            return of_sum + of_product * b, of_sum + of_product * a

    a = torch.tensor([3.0], requires_grad=True)
    b = torch.tensor([4.0], requires_grad=True)
    total, product = SumAndProduct.apply(a, b)
    numbers = [total.output_nr, product.output_nr]
    (10 * total + product).backward()


def an_output_that_nothing_depends_on_has_a_gradient_of_zeros(torch):
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, first, second):
            print(first, second)
            return 2 * first + 3 * second

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    first, second = Twice.apply(x)
    first.sum().backward()


def without_materialized_gradients_it_is_none(torch):
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, first, second):
            print(first, second)
            return 2 * first

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    first, second = Twice.apply(x)
    first.sum().backward()


def integers_and_what_is_marked_have_no_gradient(torch):
    class Sorted(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            values, indices = x.sort()
            rounded = values.round()
            ctx.mark_non_differentiable(rounded)
            return values, indices, rounded

        @staticmethod
        def backward(ctx, values, indices, rounded):
            print(indices, rounded)
            return values

    x = torch.tensor([2.5, 1.25], requires_grad=True)
    values, indices, rounded = Sorted.apply(x)
    flags = [values.requires_grad, indices.requires_grad, rounded.requires_grad]
    values.sum().backward()


def what_is_no_tensor_passes_through(torch):
    class Mixed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, 5, "text", None

        @staticmethod
        def backward(ctx, *grads):
            print(grads)
            return grads[0]

    x = torch.tensor([1.0], requires_grad=True)
    y, number, text, nothing = Mixed.apply(x)
    y.backward()


def an_input_that_is_returned_comes_back_as_a_view(torch):
    class Reverse(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, grad):
            return -grad

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Reverse.apply(x)
    answers = [y is x, y._is_view(), x.is_leaf]
    y.sum().backward()


def an_input_that_came_back_cannot_be_changed_in_place(torch):
    class Reverse(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, grad):
            return -grad

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Reverse.apply(x * 1)
    y.mul_(2)


def a_view_that_a_function_made_cannot_be_changed_in_place(torch):
    class Column(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.view(-1, 1)

        @staticmethod
        def backward(ctx, grad):
            return grad.view(-1)

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Column.apply(x * 1)
    seen = y._is_view()
    y.mul_(2)


def what_was_changed_in_place_is_marked_dirty_and_gets_the_node(torch):
    class DoubleInPlace(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            x.mul_(2)
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 1
    y = DoubleInPlace.apply(h)
    same = y is h
    y.sum().backward()


def a_dirty_view_rewrites_the_history_of_its_base(torch):
    class DoubleInPlace(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            x.mul_(2)
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 1
    first = h[:1]
    DoubleInPlace.apply(first)
    h.sum().backward()


def a_dirty_leaf_that_requires_grad_is_refused(torch):
    class DoubleInPlace(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            x.mul_(2)
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = DoubleInPlace.apply(x)


def a_dirty_input_must_be_returned(torch):
    class DoubleInPlace(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            x.mul_(2)
            return x + 0

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = DoubleInPlace.apply(x * 1)


def backward_is_recorded_when_a_graph_is_wanted(torch):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            print(torch.is_grad_enabled())
            return 3 * x**2 * grad

    x = torch.tensor([2.0], requires_grad=True)
    y = Cube.apply(x)
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    (second,) = torch.autograd.grad(first, x, create_graph=True)
    (third,) = torch.autograd.grad(second, x)


def a_saved_output_is_part_of_the_second_derivative(torch):
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            result = x.exp()
            ctx.save_for_backward(result)
            return result

        @staticmethod
        def backward(ctx, grad):
            (result,) = ctx.saved_tensors
            return result * grad

    x = torch.tensor([0.0], requires_grad=True)
    y = Exp.apply(x)
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)


def an_intermediate_result_that_is_saved_has_no_second_derivative(torch):
    """What forward computes is not recorded, so nothing leads from it to the input."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            slope = 2 * x
            ctx.save_for_backward(slope)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (slope,) = ctx.saved_tensors
            return slope * grad

    x = torch.tensor([3.0], requires_grad=True)
    y = Square.apply(x)
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    recorded = first.requires_grad


def once_differentiable_forbids_the_second_derivative(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 2 * x * grad

    x = torch.tensor([3.0], requires_grad=True)
    y = Square.apply(x)
    (first,) = torch.autograd.grad(y * y, x, create_graph=True)
    name = first.grad_fn.name()
    first.backward()


def once_differentiable_allows_the_first(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 2 * x * grad

    x = torch.tensor([3.0], requires_grad=True)
    Square.apply(x).backward()


def the_context_can_be_set_up_apart_from_forward(torch):
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(x, factor=2.0):
            return x * factor

        @staticmethod
        def setup_context(ctx, inputs, output):
            x, ctx.factor = inputs
            print(output.requires_grad, ctx.needs_input_grad)

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.factor, None

    x = torch.tensor([3.0], requires_grad=True)
    by_default = Scale.apply(x)
    by_name = Scale.apply(x, factor=5.0)
    (by_default + by_name).backward()


def vjp_is_another_name_for_backward(torch):
    class Triple(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 3

        @staticmethod
        def vjp(ctx, grad):
            return grad * 3

    x = torch.tensor([3.0], requires_grad=True)
    Triple.apply(x).backward()


def backward_and_vjp_cannot_both_be_written(torch):
    class Triple(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 3

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

        @staticmethod
        def vjp(ctx, grad):
            return grad * 3

    x = torch.tensor([3.0], requires_grad=True)
    Triple.apply(x).backward()


def a_function_without_backward_fails_when_it_is_asked_for(torch):
    class Forward(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 3

    x = torch.tensor([3.0], requires_grad=True)
    y = Forward.apply(x)
    y.backward()


def a_function_without_forward_is_none(torch):
    class Nothing(torch.autograd.Function):
        pass

    y = Nothing.apply(torch.tensor([3.0]))


def a_function_is_never_instantiated(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    y = Double()(torch.tensor([3.0]))


def under_no_grad_only_forward_runs(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = torch.tensor([3.0], requires_grad=True)
    with torch.no_grad():
        y = Double.apply(x)
    z = Double.apply(x.detach())


def an_error_in_backward_reaches_the_caller(torch):
    class Broken(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            raise ValueError("on purpose")

    x = torch.tensor([3.0], requires_grad=True)
    y = Broken.apply(x)
    try:
        y.backward()
    except ValueError as error:
        print(error)


def backward_may_start_another_backward(torch):
    class Inner(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        def backward(ctx, grad):
            with torch.enable_grad():
                x = ctx.saved_tensors[0].detach().requires_grad_()
                (slope,) = torch.autograd.grad((x**2).sum(), x)
            return slope * grad

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    Inner.apply(x).sum().backward()


def a_function_may_call_another(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    class Wrapper(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return Double.apply(x) + 1

        @staticmethod
        def backward(ctx, grad):
            return Double.apply(grad)

    x = torch.tensor([3.0], requires_grad=True)
    y = Wrapper.apply(x)
    (slope,) = torch.autograd.grad(y, x)


def tensors_within_a_list_are_no_inputs(torch):
    class First(torch.autograd.Function):
        @staticmethod
        def forward(ctx, tensors):
            return tensors[0] * 2

        @staticmethod
        def backward(ctx, grad):
            return None

    x = torch.tensor([3.0], requires_grad=True)
    y = First.apply([x])


def jvp_says_what_forward_mode_carries(torch):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_forward(x)
            return x**3

        @staticmethod
        def backward(ctx, grad):
            return grad

        @staticmethod
        def jvp(ctx, tangent):
            (x,) = ctx.saved_tensors
            return 3 * x**2 * tangent

    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([2.0]), torch.tensor([1.0]))
        primal, tangent = forward_ad.unpack_dual(Cube.apply(x))


def inputs_that_stand_still_have_tangents_of_zeros(torch):
    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b, number):
            ctx.a, ctx.b = a, b
            return a * b * number

        @staticmethod
        def jvp(ctx, of_a, of_b, of_number):
            print(of_b, of_number)
            return of_a * 10

    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        a = forward_ad.make_dual(torch.tensor([2.0]), torch.tensor([1.0]))
        y = Product.apply(a, torch.tensor([3.0]), 1)
        primal, tangent = forward_ad.unpack_dual(y)


def a_function_without_jvp_has_no_forward_mode(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([2.0]), torch.tensor([1.0]))
        y = Double.apply(x)


def jvp_returns_as_many_tangents_as_forward_returned_outputs(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def jvp(ctx, tangent):
            return tangent, tangent

    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([2.0]), torch.tensor([1.0]))
        y = Double.apply(x)


def hooks_on_saved_tensors_see_what_functions_save(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 2 * x * grad

    def pack(t):
        print("pack", t)
        return t * 10

    def unpack(t):
        print("unpack", t)
        return t

    x = torch.tensor([3.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        y = Square.apply(x)
    y.backward()


def nobody_checks_whether_backward_is_the_derivative(torch):
    class Reversed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, grad):
            return -grad

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    Reversed.apply(x).sum().backward()


def a_complex_gradient_of_a_real_input_is_refused(torch):
    class Turned(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 1j

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Turned.apply(x)
    y.sum().backward()


def an_instance_of_a_function_cannot_be_called(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    Double()(x)


def saved_tensors_are_to_be_had_once_forward_has_ended(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x * x
            ctx.save_for_backward(x, y, None)
            print(ctx.saved_tensors)
            return y

        @staticmethod
        def backward(ctx, grad):
            x, y, nothing = ctx.saved_tensors
            print(x.requires_grad, y.requires_grad, nothing)
            return grad * 2 * x

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Square.apply(x)
    saved = y.grad_fn.saved_tensors
    y.sum().backward()


def a_saved_output_must_not_have_changed(torch):
    class Root(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.sqrt()
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, grad):
            return grad / 2 / ctx.saved_tensors[0]

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Root.apply(x)
    node = y.grad_fn
    y.add_(1)
    (saved,) = node.saved_tensors


def an_output_in_a_list_is_not_seen(torch):
    class Listed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return [x * 2]

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (y,) = Listed.apply(x)


def what_is_returned_as_it_is_cannot_be_saved_by_setup_context(torch):
    class Same(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(output)

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    Same.apply(x)


def views_that_a_function_with_several_outputs_made_cannot_either(torch):
    class Parts(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x[:1], x[1:]

        @staticmethod
        def backward(ctx, a, b):
            return torch.cat([a, b])

    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    a, b = Parts.apply(x * 1)
    a.mul_(2)


def an_output_that_is_no_view_can_be_changed_in_place(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Double.apply(x)
    y.mul_(y.detach())
    y.sum().backward()


def a_view_changed_in_a_function_is_its_only_output(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(2), x + 1

    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    a = x * 3
    Double.apply(a[1:])


def only_inputs_are_marked_as_changed(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x * 2
            ctx.mark_dirty(y)
            return y

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Double.apply(x)


def a_constant_that_was_written_into_gets_a_history(torch):
    class Into(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, out):
            ctx.mark_dirty(out)
            return out.copy_(x * 2)

        @staticmethod
        def backward(ctx, grad):
            return grad * 2, None

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    out = torch.zeros(2)
    y = Into.apply(x, out)
    out.sum().backward()


def once_differentiable_looks_at_the_incoming_gradient_only(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad):
            return grad * 2 * ctx.saved_tensors[0]

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (first,) = torch.autograd.grad(Square.apply(x).sum(), x, create_graph=True)


def the_tangent_of_a_view_is_a_view(torch):
    class Head(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x[:1]

        @staticmethod
        def jvp(ctx, moves):
            return moves[:1] * 1

    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([10.0, 20.0]))
        Head.apply(x)


def a_function_in_place_changes_its_tangent_in_place(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(2)

        @staticmethod
        def jvp(ctx, moves):
            return moves * 2

    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([10.0, 20.0]))
        Double.apply(x)


def only_tensors_can_be_saved_for_forward(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_forward(x, 2)
            return x * x

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    try:
        Square.apply(x)
    except AssertionError as error:
        print(error)


def transforms_want_setup_context_apart(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return (x * x).sum()

        @staticmethod
        def backward(ctx, grad):
            return grad * 2 * ctx.saved_tensors[0]

    x = torch.tensor([1.0, 2.0])
    torch.func.grad(Square.apply)(x)


def transforms_go_through_functions(torch):
    class Square(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x):
            return x * x

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(inputs[0])

        @staticmethod
        def backward(ctx, grad):
            return grad * 2 * ctx.saved_tensors[0]

    x = torch.tensor([1.0, 2.0])
    first = torch.func.grad(lambda x: Square.apply(x).sum())(x)
    rows = torch.func.jacrev(Square.apply)(x)
    second = torch.func.grad(torch.func.grad(Square.apply))(torch.tensor(3.0))
    each = torch.func.vmap(Square.apply)(x)


def what_forward_records_is_cut_off(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            with torch.enable_grad():
                return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 100

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Double.apply(x)
    with torch.no_grad():
        z = Double.apply(x)
    y.sum().backward()


def hooks_on_the_node_of_a_function_see_its_gradients(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Double.apply(x)
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: print(grad_inputs, grad_outputs))
    y.register_hook(lambda grad: grad * 3)
    y.sum().backward()


def arguments_given_by_name_count_as_inputs(torch):
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, by=2):
            ctx.by = by
            return x * by

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.by, None

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Scale.apply(x, by=3)
    needs = y.grad_fn.needs_input_grad
    y.sum().backward()


def a_class_that_inherits_from_a_function_has_its_own_node(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    class Further(Double):
        @staticmethod
        def backward(ctx, grad):
            return Double.backward(ctx, grad) * 10

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Further.apply(x)
    name = y.grad_fn.name()
    y.sum().backward()
