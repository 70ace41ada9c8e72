"""What the judge lets pass, and what it does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from conformance.case import NUMPY
from conformance.judge import (
    JUMP,
    PERTURBATION,
    Array,
    Outcome,
    Policy,
    Reference,
    bound,
    decode,
    gamma,
    judge,
    rounded,
    same_bits,
    sensitivity,
    terms_of,
    ulp,
    unit,
)

NEXT = np.float32(1) + np.float32(2**-23)
"""The float32 after 1."""


def array(values: Any, dtype: str = "float32") -> Array:
    return np.array(values, NUMPY[dtype])


def judged(
    actual: Any,
    truth: Any,
    policy: Policy,
    expected: Any = None,
    dtype: str = "float32",
    order: int = 0,
    **known: Any,
) -> Outcome:
    """The outcome for one tensor; the oracle is the truth rounded once unless it is given."""
    wide = np.array(truth, np.float64)
    with np.errstate(over="ignore"):
        oracle = wide.astype(NUMPY[dtype]) if expected is None else array(expected, dtype)
    reference = Reference(truth=wide, **known)
    return judge(oracle, array(actual, dtype), dtype, policy, order, lambda: reference)


def never() -> Reference:
    raise AssertionError("equal bits need no reference")


def test_equal_bits_pass_without_asking_for_the_truth() -> None:
    some = array([1.0, np.nan, -0.0, np.inf])
    assert judge(some, some.copy(), "float32", Policy("ulps"), 0, never) == Outcome()


def test_exact_means_bits() -> None:
    outcome = judge(array([1.0]), array([NEXT]), "float32", Policy("exact"), 0, never)
    assert not outcome.passed
    assert "[0] is 1.0000001, expected 1.0, exactly" in str(outcome.message)


def test_exact_tells_zeros_of_different_sign_apart() -> None:
    assert not judge(array([0.0]), array([-0.0]), "float32", Policy("exact"), 0, never).passed


def test_integers_are_exact_whatever_the_policy() -> None:
    outcome = judge(array([2], "int64"), array([3], "int64"), "int64", Policy("stable"), 0, never)
    assert not outcome.passed


@pytest.mark.parametrize(("steps", "passes"), [(1, True), (2, True), (3, False)])
def test_ulps_are_counted_from_the_truth_rounded_once(steps: int, passes: bool) -> None:
    value = 1 + steps * 2**-23
    assert judged([value], [1.0], Policy("ulps", 2)).passed is passes


def test_an_ulp_halves_below_a_power_of_two() -> None:
    assert ulp(np.array([1.0, 0.999, 2.0]), "float32").tolist() == [2**-23, 2**-24, 2**-22]


def test_the_smallest_ulp_is_the_smallest_subnormal() -> None:
    assert ulp(np.array([0.0, 1e-45]), "float32").tolist() == [2.0**-149, 2.0**-149]


def test_a_floor_forgives_what_a_zero_crossing_loses() -> None:
    near_zero = [1e-12]
    assert not judged([2e-8], near_zero, Policy("ulps", 2)).passed
    assert judged([2e-8], near_zero, Policy("ulps", 2, floor=1)).passed


def test_a_sum_may_err_by_gamma_times_its_absolute_terms() -> None:
    allowed = gamma(9, unit("float32")) * 100
    inside, outside = 1 + 0.9 * allowed, 1 + 1.5 * allowed
    known: dict[str, Any] = {"magnitude": np.array([100.0]), "terms": 10}
    assert judged([inside], [1.0], Policy("accumulate"), **known).passed
    assert not judged([outside], [1.0], Policy("accumulate"), **known).passed


def test_a_sum_of_one_term_has_to_be_exact_where_data_is_moved() -> None:
    assert not judged([NEXT], [1.0], Policy("exact"), order=1, terms=1).passed
    assert judged([NEXT], [1.0], Policy("exact"), order=1, terms=3).passed


def test_gamma_is_infinite_where_no_digit_is_left() -> None:
    assert gamma(2**24, 2**-24) == np.inf
    assert gamma(0, 2**-24) == 0


def test_sensitivity_widens_a_stable_bound() -> None:
    error = [1 + 1e-5]
    assert not judged(error, [1.0], Policy("stable")).passed
    assert judged(error, [1.0], Policy("stable"), sensitivity=np.array([1e3])).passed


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_special_value_excuses_none_of_its_neighbours(value: float) -> None:
    policy, truth = Policy("normwise"), [value, 1.0, 100.0]
    assert judged([value, 1 + 1e-6, 100.0], truth, policy).passed
    assert not judged([value, 1 + 1e-3, 100.0], truth, policy).passed
    known: dict[str, Any] = {"magnitude": np.array([value, value, 100.0])}
    assert judged([value, 1 + 1e-6, 100.0], truth, policy, **known).passed
    assert not judged([value, 1 + 1e-3, 100.0], truth, policy, **known).passed
    sums: dict[str, Any] = {"magnitude": np.array([value]), "terms": 2}
    assert not judged([1.5], [1.0], Policy("accumulate"), **sums).passed


def test_a_derivative_may_err_relative_to_what_flows_in() -> None:
    tiny = [1e-9]
    assert not judged([2e-9], tiny, Policy("ulps", 1), order=0, floor=1.0).passed
    assert judged([2e-9], tiny, Policy("ulps", 1), order=1, floor=1.0).passed


def test_each_order_of_derivative_gathers_more_roundings() -> None:
    reference = Reference(truth=np.array([1.0]))
    limits = [bound(Policy("stable"), order, "float32", reference)[0] for order in (0, 1, 2, 3)]
    assert limits[0] < limits[1] < limits[2] == limits[3]


def test_float64_has_no_wider_truth_so_that_both_sides_may_err() -> None:
    single = bound(Policy("ulps", 1), 0, "float32", Reference(truth=np.array([1.0])))
    double = bound(Policy("ulps", 1), 0, "float64", Reference(truth=np.array([1.0])))
    assert single == 2**-23
    assert double == 2 * 2.0**-52


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_narrow_dtypes_accumulate_wide_and_round_narrow(dtype: str) -> None:
    known = Reference(truth=np.array([1.0]), magnitude=np.array([1.0]), terms=1000)
    limit = bound(Policy("accumulate"), 0, dtype, known)[0]
    assert limit < 3 * unit(dtype)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_special_values_have_to_agree_exactly(value: float) -> None:
    assert not judged([1.0], [value], Policy("stable"), sensitivity=np.array([1e9])).passed
    assert not judged([value], [1.0], Policy("stable"), sensitivity=np.array([1e9])).passed


def test_a_truth_at_the_edge_of_overflow_may_come_out_either_way() -> None:
    largest = float(np.finfo(np.float32).max)
    beyond = largest * (1 + 2**-24)
    assert judged([largest], [beyond], Policy("ulps", 2), expected=[np.inf]).passed
    assert judged([np.inf], [largest], Policy("ulps", 2)).passed
    assert not judged([np.inf], [largest / 2], Policy("ulps", 2)).passed
    assert not judged([-np.inf], [largest], Policy("ulps", 2)).passed


def test_infinite_in_float32_is_no_error_where_the_truth_overflows() -> None:
    assert judged([np.inf], [1e60], Policy("ulps")).passed


def test_an_oracle_outside_its_bound_is_told_from_a_subject_outside() -> None:
    outcome = judged([1.0], [1.0], Policy("ulps", 1), expected=[1 + 2**-20])
    assert outcome.passed
    assert outcome.subject == 0
    assert outcome.oracle == 8


def test_what_agrees_with_the_oracle_is_never_held_against_the_subject() -> None:
    wrong = 1 + 2**-15
    outcome = judged([wrong, NEXT], [1.0, 1.0], Policy("ulps", 1), expected=[wrong, 1.0])
    assert outcome.passed
    assert outcome.subject == 1
    assert outcome.oracle == 256


def test_a_missing_truth_is_replaced_by_the_oracle_with_twice_the_bound() -> None:
    expected, near, far = array([1.0]), array([1 + 2**-22]), array([1 + 2**-21])
    assert judge(expected, near, "float32", Policy("ulps", 1), 0, Reference).passed
    assert not judge(expected, far, "float32", Policy("ulps", 1), 0, Reference).passed


def test_real_and_imaginary_parts_are_judged_each() -> None:
    truth = np.array([1 + 1j])
    reference = Reference(truth=truth)
    wrong = array([1 + (1 + 1e-5) * 1j], "complex64")
    right = array([1 + 1j], "complex64")
    outcome = judge(right, wrong, "complex64", Policy("ulps", 2), 0, lambda: reference)
    assert not outcome.passed


def test_signs_of_complex_zeros_are_left_open() -> None:
    plus, minus = array([complex(1, 0.0)], "complex64"), array([complex(1, -0.0)], "complex64")
    assert judge(plus, minus, "complex64", Policy("exact"), 0, never).passed


def test_a_jump_is_no_sensitivity() -> None:
    base = np.array([1.0, 1.0])
    slope, jump = 5.0, 2 * JUMP
    moved = base + np.array([slope * PERTURBATION, jump])
    assert sensitivity(base, [moved], 1.0) == pytest.approx([slope, 0.0])


def test_sensitivity_is_the_worst_of_its_draws() -> None:
    base = np.array([1.0])
    draws = [base + 2 * PERTURBATION, base - 7 * PERTURBATION]
    assert sensitivity(base, draws, 1.0) == pytest.approx([7.0])


def test_terms_are_counted_by_ones_or_by_the_ratio_of_sizes() -> None:
    assert terms_of(np.full((2, 4), 3.0), 12, 8, "accumulate") == 3
    assert terms_of(np.array(1.0), 12, 1, "accumulate") == 12
    assert terms_of(np.array(1.0), 12, 1, "exact") == 1
    assert terms_of(None, 12, 1, "accumulate") == 12


def test_a_message_names_the_first_place_and_how_many_there_are() -> None:
    outcome = judged([[1.0, 1.5], [2.0, 3.0]], [[1.0, 1.0], [1.0, 3.0]], Policy("ulps", 1))
    assert str(outcome.message).startswith("[0, 1] is 1.5, expected 1.0, truth 1.0, within ")
    assert str(outcome.message).endswith("(and 1 more of 4)")


def test_nan_equals_nan_in_any_spelling() -> None:
    quiet, other = decode("0000c07f", "float32", []), decode("0100c0ff", "float32", [])
    assert same_bits(quiet, other)


def test_truth_is_rounded_once() -> None:
    third = np.array([1 / 3])
    assert rounded(third, "bfloat16")[0] == 0.333984375
