package io.kindling.data;

import io.kindling.core.Arguments;
import io.kindling.core.IndexException;
import io.kindling.core.KindlingException;
import io.kindling.core.RandomStream;
import io.kindling.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What is done with data sets: random splits. */
public final class Datasets {
  private static final String SPLIT = "randomSplit";

  private Datasets() {}

  /** As {@link #randomSplit(Dataset, RandomStream, int...)}, from the default random stream. */
  public static List<Subset> randomSplit(Dataset dataset, int... lengths) {
    return split(dataset, shuffledByDefault(sizeOf(dataset)), lengths);
  }

  /**
   * Parts of the given lengths that share no example.
   *
   * @throws KindlingException unless the lengths add up to the size of the data set
   */
  public static List<Subset> randomSplit(Dataset dataset, RandomStream random, int... lengths) {
    return split(dataset, permutation(dataset, random), lengths);
  }

  /**
   * Parts by fractions, such as 0.8 and 0.2; what rounding leaves over goes one by one to the first
   * parts.
   *
   * @throws KindlingException unless the fractions add up to 1
   */
  public static List<Subset> randomSplit(Dataset dataset, double... fractions) {
    return split(dataset, shuffledByDefault(sizeOf(dataset)), lengths(dataset.size(), fractions));
  }

  /** By fractions, from a random stream. */
  public static List<Subset> randomSplit(
      Dataset dataset, RandomStream random, double... fractions) {
    return split(dataset, permutation(dataset, random), lengths(dataset.size(), fractions));
  }

  private static int sizeOf(Dataset dataset) {
    return Arguments.notNull(dataset, SPLIT, "dataset").size();
  }

  private static int[] permutation(Dataset dataset, RandomStream random) {
    return Arguments.notNull(random, SPLIT, "random").permutation(sizeOf(dataset));
  }

  private static int[] shuffledByDefault(int size) {
    long[] order = Tensors.randperm(size).toLongArray();
    return Arrays.stream(order).mapToInt(Math::toIntExact).toArray();
  }

  private static int[] lengths(int size, double[] fractions) {
    double sum = 0;
    int[] out = new int[Arguments.notNull(fractions, SPLIT, "fractions").length];
    int left = size;
    for (int i = 0; i < out.length; i++) {
      if (!(fractions[i] >= 0 && fractions[i] <= 1)) {
        throw new KindlingException(
            "randomSplit: Fraction at index " + i + " is not between 0 and 1: " + fractions[i]);
      }
      sum += fractions[i];
      out[i] = (int) Math.floor(size * fractions[i]);
      left -= out[i];
    }
    if (Math.abs(sum - 1) > 1e-9) {
      throw new KindlingException("randomSplit: expected fractions that add up to 1, got " + sum);
    }
    for (int i = 0; i < left; i++) {
      out[i % out.length]++;
    }
    return out;
  }

  private static List<Subset> split(Dataset dataset, int[] order, int[] lengths) {
    Arguments.notNull(lengths, SPLIT, "lengths");
    if (Arrays.stream(lengths).asLongStream().sum() != order.length
        || Arrays.stream(lengths).anyMatch(length -> length < 0)) {
      throw new KindlingException(
          "randomSplit: Sum of input lengths does not equal the length of the input dataset: got "
              + Arrays.toString(lengths)
              + " for "
              + order.length
              + " examples");
    }
    List<Subset> out = new ArrayList<>();
    int start = 0;
    for (int length : lengths) {
      out.add(new Subset(dataset, Arrays.copyOfRange(order, start, start + length)));
      start += length;
    }
    return out;
  }

  /** Returns {@code index} if there is such an example. */
  static int checkIndex(String what, int index, int size) {
    if (index < 0 || index >= size) {
      throw new IndexException(
          what + ": index " + index + " is out of range for " + size + " examples");
    }
    return index;
  }
}
