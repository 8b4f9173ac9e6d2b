package io.kindling.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kindling.device.RowKernel;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The operator table")
class OpTableTest {
  /** Public methods that give tensors and are no operators, each with the test that it has. */
  private static final Set<String> NOT_OPERATORS =
      Set.of(
          // values in, tested by CreationTest
          "tensor",
          "fromArray",
          "fromBuffer",
          "empty",
          "zeros",
          "ones",
          "full",
          "eye",
          "arange",
          "linspace",
          "emptyLike",
          "newEmpty",
          "newZeros",
          "newOnes",
          "newFull",
          "copyFrom",
          // devices, tested by DeviceTest
          "cuda",
          // random numbers, tested by CreationTest
          "rand",
          "randn",
          "randLike",
          "randnLike",
          "normal",
          "randint",
          "randperm",
          "uniform_",
          "normal_",
          "bernoulli_",
          // autograd's bookkeeping, tested by AutogradTest
          "requiresGrad_",
          "grad",
          // memory, tested by MemoryTest
          "keep",
          // writes any elementwise operator into a tensor, tested by PromotionTest
          "out");

  private static Set<String> covered() {
    Set<String> out = new TreeSet<>();
    OpTable.ROWS.forEach(row -> out.addAll(row.covers));
    return out;
  }

  @Test
  @DisplayName("A11 has a row for every elementwise operator")
  void pointwise() {
    Set<String> missing = new TreeSet<>(PointwiseOps.all().keySet());
    missing.removeAll(covered());
    assertEquals(Set.of(), missing, "elementwise operators without a row in the table");
  }

  @Test
  @DisplayName("A11 has a row for every kernel over rows")
  void rowKernels() throws IllegalAccessException {
    Set<String> missing = new TreeSet<>();
    for (Field f : RowOps.class.getDeclaredFields()) {
      if (f.getType() == RowKernel.class) {
        missing.add(((RowKernel) f.get(null)).name());
      }
    }
    missing.removeAll(covered());
    assertEquals(Set.of(), missing, "row kernels without a row in the table");
  }

  @Test
  @DisplayName("A11 has a row for every public method that gives a tensor")
  void methods() {
    Set<String> missing = new TreeSet<>();
    for (Class<?> c : new Class<?>[] {Tensor.class, Tensors.class, Functional.class}) {
      for (Method m : c.getDeclaredMethods()) {
        boolean tensors =
            List.of(Tensor.class, Extremum.class, List.class).contains(m.getReturnType());
        if (tensors && Modifier.isPublic(m.getModifiers())) {
          missing.add(m.getName());
        }
      }
    }
    missing.removeAll(covered());
    missing.removeAll(NOT_OPERATORS);
    assertEquals(Set.of(), missing, "methods without a row in the table");
  }

  @Test
  @DisplayName("A11 has inputs on every row")
  void inputs() {
    for (OpRow row : OpTable.ROWS) {
      assertEquals(false, row.forms.isEmpty(), row.name);
      row.forms.forEach(f -> assertEquals(false, f.samples().isEmpty(), row.name + f.label()));
    }
  }
}
