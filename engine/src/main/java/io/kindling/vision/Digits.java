package io.kindling.vision;

import io.kindling.core.IndexException;
import io.kindling.core.KindlingException;
import io.kindling.core.RandomStream;
import io.kindling.core.ShapeException;
import java.util.Arrays;
import java.util.List;

/**
 * Handwritten-like digits drawn from stroke paths, in MNIST's manner: uint8 [28, 28], white on
 * black, scaled into a box of 20 by 20 and centred by mass. Nothing is downloaded and no font is
 * used.
 *
 * <p>Example i is a function of (seed, i) alone, with the same bits on every machine, so that a set
 * may be made in parts and in parallel.
 */
public final class Digits {
  /** Pixels a side. */
  public static final int SIZE = 28;

  /** Bytes an image. */
  public static final int PIXELS = SIZE * SIZE;

  /** The labels are 0 to 9. */
  public static final int CLASSES = 10;

  private static final long LABEL = RandomStream.tag("digits.label");
  private static final long SHAPE = RandomStream.tag("digits.shape");
  private static final double BOX = 20;
  private static final int MAX_COUNT = (Integer.MAX_VALUE - 8) / PIXELS;

  // How much hands differ; chosen so that a small network finds the digits neither trivial nor
  // hard.
  private static final double JITTER = 0.033;
  private static final double ROTATION = 0.12;
  private static final double SLANT = 0.2;
  private static final double SHIFT = 0.45;
  private static final double GRAIN = 0.06;

  private Digits() {}

  /**
   * Images and their labels.
   *
   * @param images uint8 [N, 28, 28]
   * @param labels uint8 [N], 0 to 9
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record DigitSet(byte[] images, byte[] labels) {}

  /**
   * Examples 0 to count - 1 of a seed.
   *
   * @throws KindlingException if one array cannot hold so many images
   */
  public static DigitSet generate(int count, long seed) {
    if (count < 1 || count > MAX_COUNT) {
      throw new KindlingException(
          "Digits.generate: expected a count from 1 to " + MAX_COUNT + ", got " + count);
    }
    DigitSet set = new DigitSet(new byte[count * PIXELS], new byte[count]);
    fill(seed, 0, set.images(), set.labels());
    return set;
  }

  /**
   * Draws examples {@code first}, {@code first + 1}… of a seed, as many as there are labels.
   *
   * @param images receives uint8 [N, 28, 28]
   * @param labels receives uint8 [N]
   * @throws ShapeException if the two do not fit each other
   */
  public static void fill(long seed, long first, byte[] images, byte[] labels) {
    if (images.length != (long) labels.length * PIXELS) {
      throw new ShapeException(
          String.format(
              "Digits.fill: images of %d bytes do not fit labels of the shape [%d]: expected %d"
                  + " bytes an image",
              images.length, labels.length, PIXELS));
    }
    for (int i = 0; i < labels.length; i++) {
      int label = label(seed, first + i);
      labels[i] = (byte) label;
      draw(label, seed, first + i, images, i * PIXELS);
    }
  }

  /** The label of example {@code index}: each digit is equally likely. */
  public static int label(long seed, long index) {
    return RandomStream.of(seed, LABEL, index).nextInt(CLASSES);
  }

  /**
   * The image of example {@code index}, were its label this one: uint8 [28, 28].
   *
   * @throws IndexException if the label is not 0 to 9
   */
  public static byte[] draw(int label, long seed, long index) {
    byte[] image = new byte[PIXELS];
    draw(label, seed, index, image, 0);
    return image;
  }

  private static void draw(int label, long seed, long index, byte[] out, int offset) {
    if (label < 0 || label >= CLASSES) {
      throw new IndexException("Digits.draw: expected a label from 0 to 9, got " + label);
    }
    RandomStream random = RandomStream.of(seed, SHAPE, index);
    StrokePath path = new StrokePath();
    List<List<double[]>> styles = DigitStrokes.styles(label);
    for (double[] stroke : styles.get(random.nextInt(styles.size()))) {
      path.addCurve(jitter(stroke, random));
    }
    double radius = uniform(random, 0.85, 1.85);
    place(path, radius, random);
    render(path, radius, random, out, offset);
  }

  private static double[] jitter(double[] stroke, RandomStream random) {
    double[] points = Arrays.copyOf(stroke, stroke.length);
    for (int i = 0; i < points.length; i += 2) {
      boolean corner = i > 0 && stroke[i] == stroke[i - 2] && stroke[i + 1] == stroke[i - 1];
      points[i] = corner ? points[i - 2] : stroke[i] + JITTER * random.nextGaussian();
      points[i + 1] = corner ? points[i - 1] : stroke[i + 1] + JITTER * random.nextGaussian();
    }
    return points;
  }

  /** Slants, rotates and stretches the path, scales it into the box and centres it by mass. */
  private static void place(StrokePath path, double radius, RandomStream random) {
    double angle = ROTATION * random.nextGaussian();
    double slant = 0.05 + SLANT * random.nextGaussian();
    double width = uniform(random, 0.6, 1.0);
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    // Rotation times slant times width; with y downwards, a positive slant leans to the right.
    path.transform(cos * width, -cos * slant - sin, sin * width, cos - sin * slant, 0, 0);
    double scale = (uniform(random, 0.88, 1.04) * BOX - 2 * radius) / path.extent();
    path.transform(scale, 0, 0, scale, 0, 0);
    double middle = SIZE / 2.0;
    double x = middle + SHIFT * random.nextGaussian() - path.centre(0);
    double y = middle + SHIFT * random.nextGaussian() - path.centre(1);
    path.transform(1, 0, 0, 1, x, y);
  }

  private static void render(
      StrokePath path, double radius, RandomStream random, byte[] out, int offset) {
    double softness = uniform(random, 0.9, 1.7);
    double brightness = uniform(random, 0.85, 1.0);
    double taper = uniform(random, -0.3, 0.3);
    double[] ink = new double[PIXELS];
    for (int i = 0; i < path.segments(); i++) {
      // The pen's pressure changes from the first stroke to the last.
      double here = radius * (1 + taper * (2.0 * i / path.segments() - 1));
      paint(path.ends(), 4 * i, here, softness, ink);
    }
    for (int i = 0; i < PIXELS; i++) {
      if (ink[i] > 0) {
        double value = ink[i] * brightness * (1 + GRAIN * random.nextGaussian());
        out[offset + i] = (byte) Math.max(0, Math.min(255, Math.round(255 * value)));
      }
    }
  }

  /** Inks each pixel by how far its centre is from the segment: full inside, soft at the edge. */
  private static void paint(double[] ends, int at, double radius, double softness, double[] ink) {
    double x0 = ends[at];
    double y0 = ends[at + 1];
    double dx = ends[at + 2] - x0;
    double dy = ends[at + 3] - y0;
    double square = dx * dx + dy * dy;
    double reach = radius + softness / 2;
    int top = pixel(Math.min(y0, y0 + dy) - reach);
    int bottom = pixel(Math.max(y0, y0 + dy) + reach);
    int left = pixel(Math.min(x0, x0 + dx) - reach);
    int right = pixel(Math.max(x0, x0 + dx) + reach);
    for (int row = top; row <= bottom; row++) {
      double py = row + 0.5 - y0;
      for (int column = left; column <= right; column++) {
        double px = column + 0.5 - x0;
        double along = Math.max(0, Math.min(1, (px * dx + py * dy) / square));
        double offX = px - along * dx;
        double offY = py - along * dy;
        double distance = Math.sqrt(offX * offX + offY * offY);
        double value = Math.min(1, (reach - distance) / softness);
        ink[row * SIZE + column] = Math.max(ink[row * SIZE + column], value);
      }
    }
  }

  private static int pixel(double coordinate) {
    return (int) Math.max(0, Math.min(SIZE - 1, Math.floor(coordinate)));
  }

  private static double uniform(RandomStream random, double from, double to) {
    return from + (to - from) * random.nextDouble();
  }
}
