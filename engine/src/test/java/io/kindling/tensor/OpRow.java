package io.kindling.tensor;

import io.kindling.core.DType;
import io.kindling.core.Precision;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A row of the operator table: what the operator is called, how Kindling and libtorch call it, and
 * the inputs on which they must agree. Which types it takes and whether it is differentiable is not
 * written here: libtorch says so, and Kindling has to say the same.
 */
final class OpRow {
  /** The operator as Kindling calls it. */
  interface Ours {
    Tensor apply(Tensor... x);
  }

  /** The operator as libtorch calls it. */
  interface Theirs {
    org.bytedeco.pytorch.Tensor apply(org.bytedeco.pytorch.Tensor... x);
  }

  /** One way to call the operator: its options, for instance. */
  record Form(String label, Ours ours, Theirs theirs, List<OpSample> samples) {}

  final String name;
  final Set<String> covers = new LinkedHashSet<>();
  final List<Form> forms = new ArrayList<>();
  private List<OpSample> samples = List.of();
  boolean once = true;
  boolean twice = true;
  double rtol32 = 1e-5;
  double atol32 = 1e-5;
  double rtol64 = 1e-9;
  double atol64 = 1e-11;

  private OpRow(String name) {
    this.name = name;
    covers.add(name);
  }

  static OpRow of(String name) {
    return new OpRow(name);
  }

  /** The inputs of the forms that follow. */
  @SafeVarargs
  final OpRow on(List<OpSample>... lists) {
    List<OpSample> all = new ArrayList<>();
    for (List<OpSample> l : lists) {
      all.addAll(l);
    }
    samples = all;
    return this;
  }

  OpRow on(OpSample... some) {
    samples = List.of(some);
    return this;
  }

  OpRow form(String label, Ours ours, Theirs theirs) {
    forms.add(new Form(label, ours, theirs, samples));
    return this;
  }

  /** Other public methods and kernels that this row also tests. */
  OpRow covers(String... names) {
    covers.addAll(List.of(names));
    return this;
  }

  /** PyTorch has no derivative of this. */
  OpRow notDifferentiable() {
    once = false;
    twice = false;
    return this;
  }

  double rtol(DType dtype) {
    return switch (dtype) {
      case BOOL, UINT8, INT8, INT16, INT32, INT64 -> 0;
      case FLOAT16, BFLOAT16 -> Precision.UNITS_OF_HALVES * Precision.unit(dtype);
      case FLOAT32 -> rtol32;
      case FLOAT64 -> rtol64;
    };
  }

  double atol(DType dtype) {
    return switch (dtype) {
      case BOOL, UINT8, INT8, INT16, INT32, INT64 -> 0;
      case FLOAT16, BFLOAT16 -> 1e-7;
      case FLOAT32 -> atol32;
      case FLOAT64 -> atol64;
    };
  }

  OpRow tolerance32(double rtol, double atol) {
    rtol32 = rtol;
    atol32 = atol;
    return this;
  }
}
