"""Errors: common mistakes, and what PyTorch says to them.

An implementation that accepts a mistake is as wrong as one that refuses what is right, so the type
of the exception counts, and its text is shown.
"""


def shapes_must_broadcast(torch):
    x = torch.ones(2, 3)
    y = x + torch.ones(2)


def inner_sizes_of_a_matrix_product_must_agree(torch):
    x = torch.ones(2, 3)
    y = x @ x


def a_matrix_times_a_vector_must_agree(torch):
    y = torch.ones(2, 3) @ torch.ones(2)


def a_matrix_product_needs_dimensions(torch):
    y = torch.tensor(2.0) @ torch.ones(3)


def mm_takes_matrices_only(torch):
    y = torch.mm(torch.ones(3), torch.ones(3))


def a_dot_product_takes_equal_lengths(torch):
    y = torch.dot(torch.ones(2), torch.ones(3))


def a_linear_layer_must_fit_its_input(torch):
    y = torch.nn.functional.linear(torch.ones(2, 3), torch.ones(4, 2))


def a_view_has_as_many_elements_as_its_base(torch):
    y = torch.ones(2, 3).view(4)


def a_view_needs_memory_in_order(torch):
    y = torch.ones(2, 3).t().view(6)


def reshape_cannot_guess_a_size_that_does_not_divide(torch):
    y = torch.ones(2, 3).reshape(-1, 4)


def expand_stretches_only_size_one(torch):
    y = torch.ones(2).expand(3)


def tensors_that_are_joined_agree_in_all_other_sizes(torch):
    y = torch.cat([torch.ones(2, 3), torch.ones(2, 2)])


def nothing_cannot_be_joined(torch):
    y = torch.cat([])


def stacked_tensors_have_one_shape(torch):
    y = torch.stack([torch.ones(2), torch.ones(3)])


def a_dimension_must_exist(torch):
    y = torch.ones(2, 3).sum(2)


def permute_names_every_dimension(torch):
    y = torch.ones(2, 3).permute(0)


def permute_names_no_dimension_twice(torch):
    y = torch.ones(2, 3).permute(0, 0)


def an_index_must_be_in_range(torch):
    y = torch.ones(2)[5]


def an_index_from_the_end_must_be_in_range(torch):
    y = torch.ones(2)[-3]


def an_index_in_a_tensor_must_be_in_range(torch):
    y = torch.ones(2)[torch.tensor([0, 5])]


def an_index_must_not_be_a_float(torch):
    y = torch.ones(2)[0.5]


def there_are_no_more_indices_than_dimensions(torch):
    y = torch.ones(2)[0, 0]


def a_tensor_without_dimensions_has_no_index(torch):
    y = torch.tensor(1.0)[0]


def a_step_must_be_positive(torch):
    y = torch.ones(4)[::-1]


def a_mask_must_fit(torch):
    y = torch.ones(2)[torch.tensor([True, False, True])]


def an_assigned_tensor_must_fit(torch):
    x = torch.zeros(2)
    x[:] = torch.ones(3)


def several_elements_are_neither_true_nor_false(torch):
    x = torch.tensor([1.0, 2.0])
    y = bool(x > 1)


def no_element_is_neither_true_nor_false(torch):
    y = bool(torch.tensor([]))


def item_takes_one_element(torch):
    y = torch.tensor([1.0, 2.0]).item()


def a_tensor_without_dimensions_has_no_length(torch):
    y = len(torch.tensor(1.0))


def a_tensor_without_dimensions_cannot_be_iterated(torch):
    y = list(torch.tensor(1.0))


def nested_lists_must_be_regular(torch):
    x = torch.tensor([[1.0, 2.0], [3.0]])


def text_is_not_a_tensor(torch):
    x = torch.tensor("1.0")


def none_is_not_a_number(torch):
    x = torch.tensor(None)


def a_tensor_and_text_cannot_be_added(torch):
    y = torch.ones(2) + "1"


def a_tensor_and_none_cannot_be_added(torch):
    y = torch.ones(2) + None


def a_result_cannot_be_handed_to_numpy(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * 2).numpy()


def a_number_has_no_backward(torch):
    """`item` leaves the graph, and the loss with it."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (x * x).sum().item()
    loss.backward()


def the_weights_of_backward_are_no_number(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward(1.0)


def a_gradient_set_by_hand_must_have_the_shape(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.grad = torch.zeros(3)


def a_gradient_set_by_hand_must_be_a_tensor(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.grad = 1.0


def requires_grad_is_a_bool(torch):
    x = torch.tensor([1.0, 2.0])
    x.requires_grad = 2


def a_node_cannot_be_assigned(torch):
    x = torch.tensor([1.0, 2.0])
    x.grad_fn = None


def a_hook_needs_a_gradient(torch):
    x = torch.tensor([1.0, 2.0])
    x.register_hook(lambda gradient: gradient)


def a_grad_mode_is_a_bool(torch):
    torch.set_grad_enabled("yes")


def variable_takes_a_tensor(torch):
    x = torch.autograd.Variable([1.0, 2.0])


def a_class_must_be_in_range(torch):
    scores = torch.zeros(1, 3)
    loss = torch.nn.functional.cross_entropy(scores, torch.tensor([5]))


def each_row_of_scores_has_one_class(torch):
    scores = torch.zeros(2, 3)
    loss = torch.nn.functional.cross_entropy(scores, torch.tensor([0]))


def a_reduction_must_be_known(torch):
    loss = torch.nn.functional.mse_loss(torch.zeros(2), torch.zeros(2), reduction="total")


def an_argument_has_its_type(torch):
    y = torch.exp(1.0)


def an_argument_by_name_has_its_type(torch):
    y = torch.cat([torch.ones(2)], dim="a")


def a_dimension_is_a_whole_number(torch):
    y = torch.ones(2, 3).transpose(0, 1.5)


def a_bool_is_no_dimension(torch):
    y = torch.ones(2, 3).argmax(True)


def a_function_takes_so_many_arguments(torch):
    y = torch.exp(torch.ones(2), torch.ones(2))


def a_method_may_take_no_arguments(torch):
    y = torch.ones(2).exp(1)


def an_argument_is_missing(torch):
    y = torch.gather(torch.ones(2), 0)


def several_arguments_are_missing(torch):
    y = torch.gather(torch.ones(2))


def a_keyword_must_be_known(torch):
    y = torch.exp(torch.ones(2), base=2)


def an_argument_is_given_once(torch):
    y = torch.exp(torch.ones(2), input=torch.ones(2))


def where_several_overloads_are_close_all_are_named(torch):
    y = torch.max(torch.ones(2), "a", True)


def where_one_overload_is_close_it_is_the_measure(torch):
    y = torch.sum(torch.ones(2), "a", keepdim=True)


def overloads_have_keywords_of_their_own(torch):
    y = torch.std(torch.ones(2), sample=True)


def a_list_of_tensors_holds_tensors(torch):
    y = torch.cat([torch.ones(2), 1])


def a_list_of_sizes_holds_whole_numbers(torch):
    y = torch.ones(2, 3).permute(0, 1.5)


def some_functions_take_no_numbers(torch):
    y = torch.maximum(torch.ones(2), 1.0)


def operators_speak_as_python_does(torch):
    y = torch.ones(2) - [1.0]


def comparison_with_text_is_refused(torch):
    y = torch.ones(2) > "a"


def an_alias_speaks_under_its_own_name(torch):
    y = torch.absolute("a")
