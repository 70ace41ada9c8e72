"""Random numbers: one seed, the same digits everywhere.

The generator is the Mersenne Twister; what each function draws from it, and how, is fixed.
"""


def the_same_seed_gives_the_same_numbers(torch):
    torch.manual_seed(3)
    x = torch.rand(3)
    torch.manual_seed(3)
    y = torch.rand(3)
    same = torch.equal(x, y)


def rand_has_known_digits(torch):
    torch.manual_seed(0)
    print(torch.rand(3))


def another_seed_gives_other_numbers(torch):
    torch.manual_seed(1)
    print(torch.rand(3))


def draws_continue_one_stream(torch):
    torch.manual_seed(0)
    x = torch.rand(2)
    y = torch.rand(2)
    torch.manual_seed(0)
    z = torch.rand(4)


def a_shape_is_filled_row_by_row(torch):
    torch.manual_seed(0)
    x = torch.rand(2, 3)
    torch.manual_seed(0)
    y = torch.rand(6)


def double_precision_has_digits_of_its_own(torch):
    """A double is made of two draws of the generator."""
    torch.manual_seed(0)
    x = torch.rand(2, dtype=torch.float64)
    y = torch.rand(1)


def a_few_normal_numbers_are_drawn_one_by_one(torch):
    torch.manual_seed(0)
    print(torch.randn(3))


def sixteen_normal_numbers_are_drawn_together(torch):
    """From sixteen elements on, pairs lie eight apart: the first three differ from `randn(3)`."""
    torch.manual_seed(0)
    print(torch.randn(16))


def normal_numbers_in_pairs_keep_the_second_for_later(torch):
    torch.manual_seed(0)
    x = torch.randn(1)
    y = torch.randn(1)
    torch.manual_seed(0)
    z = torch.randn(2)


def seeding_forgets_the_kept_normal_number(torch):
    torch.manual_seed(0)
    x = torch.randn(1)
    torch.manual_seed(0)
    y = torch.randn(2)


def randint_leaves_out_its_upper_end(torch):
    torch.manual_seed(0)
    x = torch.randint(0, 10, (8,))
    y = torch.randint(2, (8,))


def randperm_is_a_shuffle(torch):
    torch.manual_seed(0)
    x = torch.randperm(8)


def bernoulli_draws_zeros_and_ones(torch):
    torch.manual_seed(0)
    x = torch.bernoulli(torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0]))


def like_functions_draw_for_a_shape(torch):
    torch.manual_seed(0)
    x = torch.rand_like(torch.zeros(2, 2))
    y = torch.randn_like(torch.zeros(2, dtype=torch.float64))


def tensors_can_be_filled_in_place(torch):
    torch.manual_seed(0)
    x = torch.zeros(3).uniform_(-1, 1)
    y = torch.zeros(3).normal_(10, 2)


def manual_seed_returns_the_generator(torch):
    seed = torch.manual_seed(7).initial_seed()


def random_tensors_may_require_grad(torch):
    torch.manual_seed(0)
    x = torch.rand(3, requires_grad=True)
    y = torch.randn(3, requires_grad=True)


def dropout_scales_what_it_keeps(torch):
    torch.manual_seed(0)
    x = torch.ones(8, requires_grad=True)
    y = torch.nn.functional.dropout(x, p=0.5)
    y.sum().backward()


def dropout_does_nothing_outside_training(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.nn.functional.dropout(x, p=0.5, training=False)
    same = y is x


def uniform_numbers_lie_between_bounds(torch):
    torch.manual_seed(0)
    x = torch.empty(4).uniform_(2, 3)


def a_refill_cuts_the_graph(torch):
    """Old values get zeros: no random number depends on them."""
    torch.manual_seed(0)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.clone().uniform_(-1, 1)
    y.sum().backward()


def a_leaf_that_requires_grad_cannot_be_refilled(torch):
    x = torch.zeros(3, requires_grad=True)
    x.normal_()


def refills_have_nodes_of_their_own(torch):
    torch.manual_seed(0)
    x = torch.tensor([0.5, 0.25], requires_grad=True)
    a = x.clone().exponential_()
    b = x.clone().cauchy_()
    c = x.clone().geometric_(0.5)
    d = x.clone().log_normal_()
    e = x.clone().normal_(1, 2)


def random_tells_by_its_node_how_many_bounds_it_had(torch):
    torch.manual_seed(0)
    x = torch.tensor([0.5, 0.25], requires_grad=True)
    a = x.clone().random_()
    b = x.clone().random_(5)
    c = x.clone().random_(2, 7)


def bernoulli_in_place_takes_a_number_or_a_tensor(torch):
    torch.manual_seed(0)
    p = torch.tensor([0.1, 0.5, 0.9], requires_grad=True)
    a = p.clone().bernoulli_(0.5)
    b = p.clone().bernoulli_(p)
    b.sum().backward()


def bernoulli_has_a_gradient_of_zero(torch):
    torch.manual_seed(0)
    p = torch.tensor([0.25, 0.75], requires_grad=True)
    y = torch.bernoulli(p)
    y.sum().backward()


def bernoulli_with_a_number_has_no_derivative(torch):
    torch.manual_seed(0)
    x = torch.tensor([0.25, 0.75], requires_grad=True)
    y = torch.bernoulli(x, 0.5)
    y.sum().backward()


def a_probability_lies_between_zero_and_one(torch):
    x = torch.zeros(3).bernoulli_(1.5)


def normal_takes_numbers_and_tensors(torch):
    torch.manual_seed(0)
    mean = torch.tensor([1.0, 2.0], requires_grad=True)
    std = torch.tensor([0.5, 0.25], requires_grad=True)
    a = torch.normal(mean, 1.0)
    b = torch.normal(0.0, std)
    c = torch.normal(mean, std)
    d = torch.normal(2.0, 3.0, (2,))


def normal_numbers_have_gradients_of_zero(torch):
    torch.manual_seed(0)
    mean = torch.tensor([[1.0], [2.0]], requires_grad=True)
    std = torch.tensor([0.5, 0.25, 0.125], requires_grad=True)
    torch.normal(mean, std).sum().backward()


def a_standard_deviation_is_not_negative(torch):
    x = torch.normal(torch.zeros(2), torch.tensor([1.0, -1.0]))


def poisson_counts(torch):
    torch.manual_seed(0)
    x = torch.tensor([0.0, 0.5, 5.0, 50.0, 500.0], requires_grad=True)
    y = torch.poisson(x)
    y.sum().backward()


def a_rate_is_not_negative(torch):
    x = torch.poisson(torch.tensor([-1.0]))


def multinomial_draws_each_category_once(torch):
    torch.manual_seed(0)
    x = torch.multinomial(torch.tensor([0.1, 0.2, 0.7]), 3)


def multinomial_can_put_back(torch):
    torch.manual_seed(0)
    x = torch.multinomial(torch.tensor([[0.1, 0.9], [0.5, 0.5]]), 6, replacement=True)


def multinomial_without_putting_back_runs_out(torch):
    x = torch.multinomial(torch.tensor([0.1, 0.9]), 3)


def integers_have_no_uniform_numbers(torch):
    x = torch.rand(2, dtype=torch.int64)


def complex_normal_numbers_share_their_variance(torch):
    torch.manual_seed(0)
    x = torch.randn(3, dtype=torch.complex64)


def sixteen_bit_numbers_are_drawn_in_single_precision(torch):
    torch.manual_seed(0)
    a = torch.rand(3, dtype=torch.float16)
    b = torch.rand(3, dtype=torch.bfloat16)


def a_tensor_is_filled_in_the_order_of_its_memory(torch):
    torch.manual_seed(0)
    x = torch.zeros(2, 3).t().uniform_()
    y = torch.rand_like(torch.zeros(3, 2).t())


def a_strided_tensor_is_filled_number_by_number(torch):
    torch.manual_seed(0)
    x = torch.zeros(32, 2)[:, 0].normal_()


def a_generator_is_a_stream_of_its_own(torch):
    torch.manual_seed(0)
    g = torch.Generator().manual_seed(1)
    a = torch.rand(2, generator=g)
    b = torch.rand(2)
    c = torch.randn(2, generator=g)
    seed = g.initial_seed()
    del g


def a_state_can_be_set_again(torch):
    torch.manual_seed(0)
    state = torch.get_rng_state()
    a = torch.randn(3)
    torch.set_rng_state(state)
    b = torch.randn(3)
    del state


def a_state_is_a_byte_tensor(torch):
    torch.set_rng_state(torch.zeros(5056))


def a_state_has_its_size(torch):
    torch.set_rng_state(torch.zeros(3, dtype=torch.uint8))


def a_clone_draws_the_same(torch):
    g = torch.Generator().manual_seed(5)
    h = g.clone_state()
    a = torch.rand(2, generator=g)
    b = torch.rand(2, generator=h)
    del g, h


def negative_seeds_wrap(torch):
    seed = torch.manual_seed(-1).initial_seed()


def a_seed_has_64_bits(torch):
    torch.manual_seed(2**64)


def dropout_in_place_needs_no_leaf(torch):
    torch.manual_seed(0)
    x = torch.ones(6, requires_grad=True)
    y = torch.nn.functional.dropout(x * 2, p=0.5, inplace=True)
    y.sum().backward()


def dropout_of_everything_is_zero(torch):
    x = torch.ones(3, requires_grad=True)
    y = torch.nn.functional.dropout(x, p=1.0)
    y.sum().backward()


def a_dropout_probability_lies_between_zero_and_one(torch):
    y = torch.nn.functional.dropout(torch.ones(3), p=1.5)


def feature_dropout_drops_channels(torch):
    torch.manual_seed(0)
    x = torch.ones(1, 4, 2, 2, requires_grad=True)
    y = torch.nn.functional.dropout2d(x, p=0.5)
    z = torch.nn.functional.dropout1d(torch.ones(3, 4), p=0.5)


def alpha_dropout_keeps_mean_and_variance(torch):
    torch.manual_seed(0)
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    y = torch.nn.functional.alpha_dropout(x, p=0.5, training=True)
    y.sum().backward()


def a_gumbel_softmax_can_be_hard(torch):
    """Its values are one-hot, its graph is the soft one's."""
    torch.manual_seed(0)
    x = torch.tensor([0.5, 0.25, 0.75], requires_grad=True)
    y = torch.nn.functional.gumbel_softmax(x, hard=True)


def randint_has_a_lower_end(torch):
    x = torch.randint(3, 3, (2,))


def whole_random_numbers_may_be_floats(torch):
    torch.manual_seed(0)
    x = torch.randint(10, (4,), dtype=torch.float32)
    y = torch.randint_like(x, 2, 5)
    z = torch.randperm(5, dtype=torch.float64)
