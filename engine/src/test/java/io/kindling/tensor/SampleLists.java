package io.kindling.tensor;

import static io.kindling.tensor.OpSample.in;

import io.kindling.core.DType;
import io.kindling.tensor.OpSample.Arrangement;
import io.kindling.tensor.OpSample.Input;
import io.kindling.tensor.OpSample.Values;
import java.util.ArrayList;
import java.util.List;

/** The inputs that many operators share. */
final class SampleLists {
  private SampleLists() {}

  /** One input in every arrangement: 0-D, dense, transposed, stepped, expanded, empty, long. */
  static List<OpSample> unary(Values values) {
    List<OpSample> out = new ArrayList<>();
    for (Input i : arrangements()) {
      out.add(OpSample.of(i.of(values)));
    }
    return out;
  }

  private static List<Input> arrangements() {
    return List.of(
        in(),
        in(7),
        in(3, 4),
        in(3, 4).as(Arrangement.TRANSPOSED),
        in(2, 3).as(Arrangement.STEPPED),
        in(3, 2).as(Arrangement.EXPANDED),
        in(2, 3, 2, 2).as(Arrangement.CHANNELS_LAST),
        in(2, 2, 3).as(Arrangement.TRANSPOSED),
        in(0),
        in(2, 0, 3),
        in(3, 1031),
        in(70, 33).as(Arrangement.TRANSPOSED));
  }

  static List<OpSample> unary() {
    return unary(OpSample::standard);
  }

  /** Where a slope jumps, and where arithmetic leaves the numbers. */
  static List<OpSample> edges() {
    return List.of(
        OpSample.of(in(22).of(OpSample::kinks)).kinked(),
        OpSample.of(in(3, 10).of(OpSample::special)).kinked().floatingOnly());
  }

  /** Two inputs: equal shapes, broadcast both ways, 0-D, empty, strided, of two types. */
  static List<OpSample> binary(Values a, Values b) {
    List<OpSample> out = new ArrayList<>();
    out.add(OpSample.of(in(3, 4).of(a), in(3, 4).of(b)));
    out.add(OpSample.of(in(3, 4).of(a), in(4).of(b)));
    out.add(OpSample.of(in(3, 1).of(a), in(1, 4).of(b)));
    out.add(OpSample.of(in().of(a), in(3).of(b)));
    out.add(OpSample.of(in(2, 3).of(a), in().of(b)));
    out.add(OpSample.of(in().of(a), in().of(b)));
    out.add(OpSample.of(in(0, 3).of(a), in(1, 3).of(b)));
    out.add(OpSample.of(in(1, 1).of(a), in(2, 0).of(b)));
    out.add(OpSample.of(in(3, 4).of(a).as(Arrangement.TRANSPOSED), in(3, 4).of(b)));
    out.add(
        OpSample.of(
            in(3, 4).of(a).as(Arrangement.STEPPED), in(3, 4).of(b).as(Arrangement.TRANSPOSED)));
    out.add(OpSample.of(in(3, 2).of(a).as(Arrangement.EXPANDED), in(3, 2).of(b)));
    out.add(
        OpSample.of(
            in(2, 3, 2, 2).of(a).as(Arrangement.CHANNELS_LAST),
            in(2, 3, 2, 2).of(b).as(Arrangement.CHANNELS_LAST)));
    out.add(OpSample.of(in(2, 3, 2, 2).of(a).as(Arrangement.CHANNELS_LAST), in(3, 1, 1).of(b)));
    out.add(OpSample.of(in(5, 517).of(a), in(5, 517).of(b)));
    out.add(OpSample.of(in(65, 70).of(a), in(70).of(b)));
    out.add(OpSample.of(in(2, 3).of(a), in(2, 3).of(b).typed(DType.FLOAT64)));
    out.add(OpSample.of(in(2, 3).of(a), in(3).of(b).typed(DType.INT64)));
    out.add(OpSample.of(in(3).of(a), in().of(b).typed(DType.FLOAT64)));
    out.add(OpSample.of(in(3).of(a), in(3).of(b).typed(DType.UINT8)));
    return out;
  }

  static List<OpSample> binary() {
    return binary(OpSample::standard, OpSample::standard);
  }

  /** Ties and pairs of numbers where arithmetic leaves the numbers. */
  static List<OpSample> binaryEdges() {
    return List.of(
        OpSample.of(in(4, 4).of(OpSample::ties), in(4, 4).of(OpSample::ties)).kinked(),
        OpSample.of(in(11, 1).of(OpSample::kinks), in(11).of(OpSample::kinks)).kinked(),
        OpSample.of(in(10, 1).of(OpSample::special), in(10).of(OpSample::special))
            .kinked()
            .floatingOnly());
  }

  static List<OpSample> list(OpSample... samples) {
    return List.of(samples);
  }
}
