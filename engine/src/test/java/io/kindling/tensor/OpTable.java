package io.kindling.tensor;

import java.util.ArrayList;
import java.util.List;

/** All rows. */
final class OpTable {
  static final List<OpRow> ROWS = collect();

  private OpTable() {}

  private static List<OpRow> collect() {
    List<OpRow> all = new ArrayList<>();
    all.addAll(PointwiseTable.rows());
    all.addAll(ReductionTable.rows());
    all.addAll(ProductTable.rows());
    all.addAll(ViewTable.rows());
    all.addAll(IndexTable.rows());
    all.addAll(LayerTable.rows());
    all.addAll(InPlaceTable.rows());
    all.addAll(NormTable.rows());
    return List.copyOf(all);
  }
}
