package io.kindling.tensor;

import static io.kindling.tensor.OpSample.in;
import static io.kindling.tensor.SampleLists.list;
import static io.kindling.tensor.Torch.list;
import static io.kindling.tensor.Torch.num;

import io.kindling.tensor.OpSample.Arrangement;
import java.util.List;
import org.bytedeco.pytorch.global.torch;

/** Products of vectors, matrices and batches. */
final class ProductTable {
  private ProductTable() {}

  static List<OpRow> rows() {
    return List.of(mm(), bmm(), matmul(), mv(), dot(), outer(), addmm(), einsum());
  }

  private static OpRow mm() {
    return OpRow.of("mm")
        .tolerance32(2e-5, 1e-4)
        .on(
            OpSample.of(in(2, 3), in(3, 4)),
            OpSample.of(in(2, 3).as(Arrangement.TRANSPOSED), in(3, 4)),
            OpSample.of(in(2, 3), in(3, 4).as(Arrangement.TRANSPOSED)),
            OpSample.of(in(2, 3).as(Arrangement.TRANSPOSED), in(3, 2).as(Arrangement.TRANSPOSED)),
            OpSample.of(in(2, 3).as(Arrangement.STEPPED), in(3, 4).as(Arrangement.STEPPED)),
            OpSample.of(in(2, 3).as(Arrangement.EXPANDED), in(3, 4).as(Arrangement.EXPANDED)),
            OpSample.of(in(1, 5), in(5, 1)),
            OpSample.of(in(5, 1), in(1, 3)),
            OpSample.of(in(0, 3), in(3, 2)),
            OpSample.of(in(2, 0), in(0, 3)),
            OpSample.of(in(2, 3), in(3, 0)),
            OpSample.of(in(65, 130), in(130, 67)),
            OpSample.of(in(65, 130).as(Arrangement.TRANSPOSED), in(130, 67)),
            OpSample.of(in(2, 3), in(4, 2)))
        .form("", x -> x[0].mm(x[1]), x -> x[0].mm(x[1]));
  }

  private static OpRow bmm() {
    return OpRow.of("bmm")
        .tolerance32(2e-5, 1e-4)
        .on(
            OpSample.of(in(2, 2, 3), in(2, 3, 2)),
            OpSample.of(in(2, 2, 2).as(Arrangement.TRANSPOSED), in(2, 2, 3)),
            OpSample.of(in(2, 2, 3).as(Arrangement.EXPANDED), in(2, 3, 2)),
            OpSample.of(in(2, 2, 3).as(Arrangement.STEPPED), in(2, 3, 2)),
            OpSample.of(in(0, 2, 3), in(0, 3, 4)),
            OpSample.of(in(2, 2, 0), in(2, 0, 3)),
            OpSample.of(in(3, 33, 40), in(3, 40, 35)),
            OpSample.of(in(2, 2, 3), in(3, 3, 2)))
        .form("", x -> x[0].bmm(x[1]), x -> x[0].bmm(x[1]));
  }

  private static OpRow matmul() {
    return OpRow.of("matmul")
        .tolerance32(2e-5, 1e-4)
        .on(
            OpSample.of(in(3), in(3)),
            OpSample.of(in(3), in(3, 4)),
            OpSample.of(in(2, 3), in(3)),
            OpSample.of(in(2, 3), in(3, 4)),
            OpSample.of(in(3), in(2, 3, 2)),
            OpSample.of(in(2, 2, 3), in(3)),
            OpSample.of(in(2, 2, 3), in(3, 2)),
            OpSample.of(in(2, 3), in(2, 3, 2)),
            OpSample.of(in(2, 2, 3), in(2, 3, 2)),
            OpSample.of(in(2, 1, 2, 2), in(3, 2, 2)),
            OpSample.of(in(1, 2, 2), in(2, 1, 2, 3)),
            OpSample.of(in(2, 2, 3).as(Arrangement.TRANSPOSED), in(3, 2)),
            OpSample.of(in(3), in(2, 2, 3, 2)),
            OpSample.of(in(2, 2, 2, 3), in(3)),
            OpSample.of(in(0, 2, 3), in(3, 2)),
            OpSample.of(in(2, 0, 3), in(2, 3, 0)),
            OpSample.of(in(0), in(0)),
            OpSample.of(in(), in(3)),
            OpSample.of(in(2, 3), in(2, 3)),
            OpSample.of(in(2, 2, 3), in(3, 3, 2)))
        .form("", x -> x[0].matmul(x[1]), x -> x[0].matmul(x[1]));
  }

  private static OpRow mv() {
    return OpRow.of("mv")
        .tolerance32(2e-5, 1e-4)
        .on(
            OpSample.of(in(2, 3), in(3)),
            OpSample.of(in(2, 3).as(Arrangement.TRANSPOSED), in(3).as(Arrangement.STEPPED)),
            OpSample.of(in(2, 3), in(3).as(Arrangement.EXPANDED)),
            OpSample.of(in(2, 0), in(0)),
            OpSample.of(in(0, 3), in(3)),
            OpSample.of(in(65, 130), in(130)),
            OpSample.of(in(2, 3), in(2)),
            OpSample.of(in(3), in(3)))
        .form("", x -> x[0].mv(x[1]), x -> x[0].mv(x[1]));
  }

  private static OpRow dot() {
    return OpRow.of("dot")
        .tolerance32(2e-5, 1e-4)
        .on(
            OpSample.of(in(4), in(4)),
            OpSample.of(in(4).as(Arrangement.STEPPED), in(4).as(Arrangement.EXPANDED)),
            OpSample.of(in(0), in(0)),
            OpSample.of(in(1000), in(1000)),
            OpSample.of(in(3), in(4)),
            OpSample.of(in(2, 2), in(4)))
        .form("", x -> x[0].dot(x[1]), x -> x[0].dot(x[1]));
  }

  private static OpRow outer() {
    return OpRow.of("outer")
        .on(
            OpSample.of(in(3), in(4)),
            OpSample.of(in(3).as(Arrangement.STEPPED), in(2)),
            OpSample.of(in(0), in(2)),
            OpSample.of(in(2, 2), in(2)))
        .form("", x -> x[0].outer(x[1]), x -> x[0].outer(x[1]));
  }

  private static OpRow addmm() {
    return OpRow.of("addmm")
        .tolerance32(2e-5, 1e-4)
        .on(
            OpSample.of(in(4), in(2, 3), in(3, 4)),
            OpSample.of(in(2, 4), in(2, 3), in(3, 4)),
            OpSample.of(in(2, 1), in(2, 3), in(3, 4).as(Arrangement.TRANSPOSED)),
            OpSample.of(in(), in(2, 3).as(Arrangement.TRANSPOSED), in(3, 4)),
            OpSample.of(in(4).as(Arrangement.STEPPED), in(2, 3), in(3, 4)),
            OpSample.of(in(1), in(2, 3), in(3, 4)),
            OpSample.of(in(4), in(0, 3), in(3, 4)),
            OpSample.of(in(4), in(2, 0), in(0, 4)),
            OpSample.of(in(0), in(2, 3), in(3, 0)),
            OpSample.of(in(67), in(65, 130), in(130, 67).as(Arrangement.TRANSPOSED)),
            OpSample.of(in(3), in(2, 3), in(3, 4)),
            OpSample.of(in(3, 4), in(2, 3), in(3, 4)))
        .form("", x -> x[0].addmm(x[1], x[2]), x -> x[0].addmm(x[1], x[2]))
        .form(
            "beta alpha",
            x -> x[0].addmm(x[1], x[2], 2, 3),
            x -> x[0].addmm(x[1], x[2], num(2L), num(3L)))
        .form(
            "beta 0",
            x -> x[0].addmm(x[1], x[2], 0, 1),
            x -> x[0].addmm(x[1], x[2], num(0L), num(1L)));
  }

  private static OpRow einsum() {
    OpRow row = OpRow.of("einsum").tolerance32(2e-5, 1e-4);
    contraction(row, "ij,jk->ik", in(2, 3), in(3, 4));
    contraction(row, "ij,jk", in(2, 3), in(3, 4));
    contraction(row, "bij,bjk->bik", in(2, 2, 3), in(2, 3, 2));
    contraction(row, "ij->ji", in(2, 3));
    contraction(row, "ji", in(2, 3));
    contraction(row, "ij->", in(2, 3));
    contraction(row, "ij->i", in(2, 3));
    contraction(row, "ii->i", in(3, 3));
    contraction(row, "ii", in(3, 3));
    contraction(row, "iij->ij", in(2, 2, 3));
    contraction(row, "i,i->", in(4), in(4));
    contraction(row, "i,j->ij", in(2), in(3));
    contraction(row, "i , j", in(2), in(3));
    contraction(row, "...ij,...jk->...ik", in(2, 2, 3), in(3, 2));
    contraction(row, "...ij->...ji", in(2, 2, 3));
    contraction(row, "i...->...", in(2, 3, 2));
    contraction(row, "...,...", in(2, 3), in(3));
    contraction(row, "b...i,ij->b...j", in(2, 2, 3), in(3, 2));
    contraction(row, "ij,jk,kl->il", in(2, 3), in(3, 2), in(2, 2));
    contraction(row, "bi,ij,bj->b", in(2, 3), in(3, 2), in(2, 2));
    contraction(row, "ij,ij->ij", in(2, 3), in(2, 3).as(Arrangement.TRANSPOSED));
    contraction(row, "ij,ij->ij", in(1, 3), in(2, 3));
    contraction(row, "Ab,bA->A", in(2, 3), in(3, 2));
    // On no elements libtorch does not look at the type.
    contraction(row, "ij,jk->ik", OpSample.of(in(0, 3), in(3, 4)).floatingOnly());
    contraction(row, "ij,jk->ik", OpSample.of(in(2, 0), in(0, 4)).floatingOnly());
    contraction(row, "->", in());
    contraction(row, ",i->i", in(), in(3));
    contraction(row, "ij,jk->ik", in(2, 3), in(4, 2));
    contraction(row, "ij,jk->iq", in(2, 3), in(3, 2));
    contraction(row, "ijk->i", in(2, 3));
    contraction(row, "ij,jk->ik", in(2, 3));
    contraction(row, "ij->ii", in(2, 3));
    contraction(row, "i?->i", in(2, 3));
    return row;
  }

  private static void contraction(OpRow row, String equation, OpSample.Input... inputs) {
    contraction(row, equation, OpSample.of(inputs));
  }

  private static void contraction(OpRow row, String equation, OpSample sample) {
    row.on(sample)
        .form(equation, x -> Tensors.einsum(equation, x), x -> torch.einsum(equation, list(x)));
  }
}
