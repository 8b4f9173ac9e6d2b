package io.kindling.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.IndexException;
import io.kindling.core.KindlingException;
import io.kindling.core.RandomStream;
import io.kindling.core.ShapeException;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class DatasetTest {
  /** Example i is ([i, i * i], i). */
  static final class Squares implements Dataset {
    private final int size;

    Squares(int size) {
      this.size = size;
    }

    @Override
    public int size() {
      return size;
    }

    @Override
    public Sample get(int index) {
      return new Sample(
          Tensors.tensor((double) index, (double) index * index), Tensors.tensor(index));
    }
  }

  static long[] targets(Sample batch) {
    return batch.target().toLongArray();
  }

  @Test
  @DisplayName("D01 a data set of one's own becomes batches by stacking")
  void ownDataset() {
    Sample batch = new Squares(5).batch(1, 3);
    assertArrayEquals(new float[] {1, 1, 3, 9}, batch.input().toFloatArray());
    assertArrayEquals(new long[] {2, 2}, batch.input().shape());
    assertArrayEquals(new long[] {1, 3}, targets(batch));
    assertArrayEquals(new long[] {2}, batch.target().shape());
  }

  @Test
  @DisplayName("D01 TensorDataset gives rows as views, and batches of them")
  void tensors() {
    Tensor x = Tensors.tensor(new double[][] {{1, 2}, {3, 4}, {5, 6}});
    TensorDataset data = new TensorDataset(x, Tensors.arange(3));
    assertEquals(3, data.size());
    assertArrayEquals(new float[] {3, 4}, data.get(1).input().toFloatArray());
    assertEquals(x.strided().storage(), data.get(1).input().strided().storage());
    Sample batch = data.batch(2, 0, 2);
    assertArrayEquals(new float[] {5, 6, 1, 2, 5, 6}, batch.input().toFloatArray());
    assertArrayEquals(new long[] {2, 0, 2}, targets(batch));
    IndexException e = assertThrows(IndexException.class, () -> data.get(3));
    assertEquals("TensorDataset: index 3 is out of range for 3 examples", e.getMessage());
    ShapeException s =
        assertThrows(ShapeException.class, () -> new TensorDataset(x, Tensors.arange(4)));
    assertEquals(
        "TensorDataset: Size mismatch between tensors: expected one first size, got [3, 2] and [4]",
        s.getMessage());
  }

  @Test
  @DisplayName("D01 Subset and ConcatDataset rearrange data sets")
  void rearranged() {
    Dataset squares = new Squares(5);
    Subset some = new Subset(squares, 4, 0, 4);
    assertEquals(3, some.size());
    assertEquals(4, some.get(2).target().itemLong());
    assertArrayEquals(new long[] {4, 4}, targets(some.batch(0, 2)));
    assertArrayEquals(new int[] {4, 0, 4}, some.indices());
    ConcatDataset both = new ConcatDataset(List.of(some, squares));
    assertEquals(8, both.size());
    assertArrayEquals(new long[] {0, 0, 4}, targets(both.batch(1, 3, 7)));
    assertThrows(IndexException.class, () -> both.get(8));
    assertThrows(IndexException.class, () -> new Subset(squares, 5));
    KindlingException e = assertThrows(KindlingException.class, () -> new ConcatDataset(List.of()));
    assertEquals("ConcatDataset: datasets should not be an empty iterable", e.getMessage());
  }

  @Test
  @DisplayName("D01 random_split shares out all examples, the same way from the same seed")
  void split() {
    Dataset squares = new Squares(10);
    List<Subset> parts = Datasets.randomSplit(squares, RandomStream.of(1), 7, 3);
    assertEquals(7, parts.get(0).size());
    int[] all = parts.stream().flatMapToInt(p -> Arrays.stream(p.indices())).sorted().toArray();
    assertArrayEquals(IntStream.range(0, 10).toArray(), all);
    List<Subset> again = Datasets.randomSplit(squares, RandomStream.of(1), 7, 3);
    assertArrayEquals(parts.get(1).indices(), again.get(1).indices());
    Tensors.manualSeed(1);
    int[] first = Datasets.randomSplit(squares, 5, 5).get(0).indices();
    int[] second = Datasets.randomSplit(squares, 5, 5).get(0).indices();
    assertNotEquals(Arrays.toString(first), Arrays.toString(second));
    Tensors.manualSeed(1);
    assertArrayEquals(first, Datasets.randomSplit(squares, 5, 5).get(0).indices());
  }

  @Test
  @DisplayName("D01 random_split takes fractions; what is left over goes to the first parts")
  void fractions() {
    List<Subset> parts = Datasets.randomSplit(new Squares(10), RandomStream.of(1), 0.5, 0.25, 0.25);
    assertEquals(List.of(6, 2, 2), parts.stream().map(Subset::size).toList());
    KindlingException e =
        assertThrows(
            KindlingException.class, () -> Datasets.randomSplit(new Squares(10), 0.5, 0.25));
    assertEquals("randomSplit: expected fractions that add up to 1, got 0.75", e.getMessage());
    e =
        assertThrows(
            KindlingException.class, () -> Datasets.randomSplit(new Squares(10), 1.5, -0.5));
    assertEquals("randomSplit: Fraction at index 0 is not between 0 and 1: 1.5", e.getMessage());
    e = assertThrows(KindlingException.class, () -> Datasets.randomSplit(new Squares(10), 7, 4));
    assertTrue(
        e.getMessage()
            .contains(
                "Sum of input lengths does not equal the length of the input dataset: got [7, 4]"),
        e.getMessage());
  }
}
