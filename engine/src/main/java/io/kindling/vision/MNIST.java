package io.kindling.vision;

import io.kindling.core.DataException;
import io.kindling.core.IndexException;
import io.kindling.data.Dataset;
import io.kindling.data.Idx;
import io.kindling.data.Sample;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * MNIST (LeCun, Cortes, Burges): 60,000 images of handwritten digits to train on and 10,000 to test
 * on, read from the four IDX files, plain or gzip. An example is an image, float32 {@code [1, 28,
 * 28]} in [0, 1], and its label, int64 {@code []}.
 *
 * <pre>{@code
 * new MNIST(root, true)
 * new MNIST(MNIST.in(root).train(false).verify(true))
 * }</pre>
 */
public class MNIST implements Dataset {
  private static final MnistFiles FILES =
      new MnistFiles(
          "MNIST",
          "https://ossci-datasets.s3.amazonaws.com/mnist/",
          List.of(
              "0 - zero",
              "1 - one",
              "2 - two",
              "3 - three",
              "4 - four",
              "5 - five",
              "6 - six",
              "7 - seven",
              "8 - eight",
              "9 - nine"),
          Map.of(
              MnistFiles.images(true),
              List.of("f68b3c2dcbeaaa9fbdd348bbdeb94873", "6bbc9ace898e44ae57da46a324031adb"),
              MnistFiles.labels(true),
              List.of("d53e105ee54ea40749a09fcbcd1e9432", "a25bea736e30d166cdddb491f175f624"),
              MnistFiles.images(false),
              List.of("9fb629c4189551a2d022fa330f9573f3", "2646ac647ad5339dbf082846283269ea"),
              MnistFiles.labels(false),
              List.of("ec29112dd5afa0611ce80d1b7f02629c", "27ae3e4e09519cfbb04c329615203637")));

  private static final float[] SCALED = new float[256];

  static {
    for (int value = 0; value < SCALED.length; value++) {
      SCALED[value] = value / 255f;
    }
  }

  private final MnistFiles files;
  private final Idx.IdxArray images;
  private final Idx.IdxArray labels;
  private final @Nullable UnaryOperator<Tensor> transform;

  /**
   * What to read. Each method returns changed options; made by {@link MNIST#in}.
   *
   * @param root the folder of the files, or one whose {@code MNIST/raw} has them
   * @param train the training part, as by default, or the test part
   * @param transform makes the input of an image, uint8 {@code [28, 28, 1]}; by default float32
   *     {@code [1, 28, 28]} in [0, 1]
   * @param verify compares the files' checksums with the published ones
   */
  public record Options(
      Path root, boolean train, @Nullable UnaryOperator<Tensor> transform, boolean verify) {
    public Options train(boolean value) {
      return new Options(root, value, transform, verify);
    }

    public Options transform(UnaryOperator<Tensor> value) {
      return new Options(root, train, value, verify);
    }

    public Options verify(boolean value) {
      return new Options(root, train, transform, value);
    }
  }

  /** The training part in a folder. */
  public static Options in(Path root) {
    return new Options(root, true, null, false);
  }

  public MNIST(Path root, boolean train) {
    this(in(root).train(train));
  }

  /**
   * Reads the files.
   *
   * @throws DataException if a file is missing, damaged or not the published one, saying where to
   *     fetch it, or if images and labels do not belong together
   */
  public MNIST(Options options) {
    this(FILES, options);
  }

  MNIST(MnistFiles files, Options o) {
    this.files = files;
    this.images = files.readImages(o.root, o.train, o.verify);
    this.labels = files.readLabels(o.root, o.train, o.verify);
    this.transform = o.transform;
    check(o);
  }

  private void check(Options o) {
    if (images.count() != labels.count()) {
      throw new DataException(
          files.name()
              + ": "
              + o.root
              + " has "
              + images.count()
              + " images and "
              + labels.count()
              + " labels in its "
              + (o.train ? "training" : "test")
              + " part; are they of the same set?");
    }
    byte[] values = labels.data();
    for (int i = 0; i < values.length; i++) {
      int label = values[i] & 0xFF;
      if (label >= files.classes().size()) {
        throw new DataException(
            files.name()
                + ": label "
                + label
                + " at position "
                + i
                + " of "
                + MnistFiles.labels(o.train)
                + ", expected 0 to "
                + (files.classes().size() - 1));
      }
    }
  }

  /** The names of the ten classes, by label. */
  public final List<String> classes() {
    return files.classes();
  }

  /** All images as they are in the file: uint8 {@code [N, 28, 28]}; a copy. */
  public final Tensor data() {
    long[] shape = Arrays.stream(images.shape()).asLongStream().toArray();
    return Tensors.fromArray(images.data(), shape);
  }

  /** All labels, int64 {@code [N]}; a copy. */
  public final Tensor targets() {
    return Tensors.fromArray(labels.data(), labels.count()).toLong();
  }

  @Override
  public final int size() {
    return images.count();
  }

  /**
   * One image and its label.
   *
   * @throws IndexException for an index outside the set
   */
  @Override
  public final Sample get(int index) {
    Tensor target = Tensors.tensor((long) label(index));
    if (transform == null) {
      return new Sample(scaled(index).squeeze(0), target);
    }
    int from = index * pixels();
    byte[] pixels = Arrays.copyOfRange(images.data(), from, from + pixels());
    Tensor image = Tensors.fromArray(pixels, height(), width(), 1);
    return new Sample(transform.apply(image), target);
  }

  @Override
  public final Sample batch(int... indices) {
    if (transform != null) {
      return Dataset.super.batch(indices);
    }
    long[] targets = new long[indices.length];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = label(indices[i]);
    }
    return new Sample(scaled(indices), Tensors.fromArray(targets, targets.length));
  }

  /** float32 {@code [N, 1, 28, 28]}. */
  private Tensor scaled(int... indices) {
    int pixels = pixels();
    float[] values = new float[Math.multiplyExact(indices.length, pixels)];
    byte[] source = images.data();
    for (int i = 0; i < indices.length; i++) {
      int from = indices[i] * pixels;
      for (int j = 0; j < pixels; j++) {
        values[i * pixels + j] = SCALED[source[from + j] & 0xFF];
      }
    }
    return Tensors.fromArray(values, indices.length, 1, height(), width());
  }

  private int label(int index) {
    if (index < 0 || index >= size()) {
      throw new IndexException(
          files.name() + ": index " + index + " is out of range for " + size() + " examples");
    }
    return labels.data()[index] & 0xFF;
  }

  private int height() {
    return images.shape()[1];
  }

  private int width() {
    return images.shape()[2];
  }

  private int pixels() {
    return height() * width();
  }

  @Override
  public String toString() {
    return files.name() + " of " + size() + " images";
  }
}
