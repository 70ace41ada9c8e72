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
