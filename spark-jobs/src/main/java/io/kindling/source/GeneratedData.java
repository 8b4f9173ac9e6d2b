package io.kindling.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kindling.checkpoint.Directory;
import io.kindling.conf.ConfigException;
import io.kindling.conf.DataConfig;
import io.kindling.conf.GenerateConfig;
import io.kindling.core.RandomStream;
import io.kindling.data.Idx;
import io.kindling.data.Idx.IdxArray;
import io.kindling.vision.Digits;
import io.kindling.vision.Digits.DigitSet;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;

/**
 * Makes a synthetic data set in a directory: four gzip IDX files of MNIST's layout, then a marker
 * that says what was made. While they are being written another marker stands there, so that the
 * files of an interrupted attempt are known as ours and are made again.
 */
public final class GeneratedData {
  static final String DONE = "_GENERATED.json";
  static final String STARTED = "_GENERATING.json";
  private static final String GZIP = ".gz";
  private static final int PART = 256;
  private static final long TEST = RandomStream.tag("test");
  private static final ObjectMapper JSON = new ObjectMapper();

  private GeneratedData() {}

  /** What was done. */
  public enum Outcome {
    MADE,
    /** The same set was there, complete. */
    PRESENT,
    /** Files that nobody generated were there; they are used as they are. */
    FOREIGN,
    /** The configuration does not ask for it. */
    NOT_WANTED
  }

  /**
   * Makes what {@code data.generate} asks for under {@code data.root}, if none of its files is
   * there.
   *
   * @throws ConfigException if another generated set is there
   */
  public static Outcome ensure(DataConfig data, Configuration hadoop) throws IOException {
    GenerateConfig what = data.generate();
    if (what == null) {
      return Outcome.NOT_WANTED;
    }
    Directory root = Directory.of(data.root(), hadoop);
    List<String> present = root.names();
    if (present.contains(DONE)) {
      requireSame(root, what);
      return Outcome.PRESENT;
    }
    List<String> names = names(data);
    if (!present.contains(STARTED) && names.stream().anyMatch(name -> isThere(present, name))) {
      return Outcome.FOREIGN;
    }
    make(root, names, what);
    return Outcome.MADE;
  }

  /**
   * Makes the set under MNIST's names.
   *
   * @param overwrite whether files that are there may be replaced
   * @throws FileAlreadyExistsException if there are others and they may not be
   */
  public static Outcome generate(
      String output, GenerateConfig what, boolean overwrite, Configuration hadoop)
      throws IOException {
    Directory root = Directory.of(output, hadoop);
    List<String> present = root.names();
    if (present.contains(DONE) && read(root, DONE).equals(describe(what))) {
      return Outcome.PRESENT;
    }
    List<String> names =
        List.of(
            "train-images-idx3-ubyte",
            "train-labels-idx1-ubyte",
            "t10k-images-idx3-ubyte",
            "t10k-labels-idx1-ubyte");
    boolean occupied =
        !present.contains(STARTED) && names.stream().anyMatch(name -> isThere(present, name));
    if (occupied && !overwrite) {
      throw new FileAlreadyExistsException(
          root + " holds another data set; give another --output, or --overwrite to replace it");
    }
    make(root, names, what);
    return Outcome.MADE;
  }

  private static List<String> names(DataConfig data) {
    return List.of(data.trainImages(), data.trainLabels(), data.testImages(), data.testLabels());
  }

  private static boolean isThere(List<String> present, String name) {
    return present.contains(name) || present.contains(name + GZIP);
  }

  private static void make(Directory root, List<String> names, GenerateConfig what)
      throws IOException {
    String description = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(describe(what));
    root.create();
    root.publishText(STARTED, description);
    root.delete(DONE);
    // All of them before the first is written: an interrupted attempt leaves no old file beside a
    // new one. Plain ones too, which would be found before the new ones.
    for (String name : names) {
      root.delete(name);
      root.delete(name + GZIP);
    }
    // Test examples of another seed, so that they do not depend on the number of training examples.
    long testSeed = RandomStream.of(what.seed(), TEST).nextLong();
    write(root, names.get(0), names.get(1), draw(what.trainCount(), what.seed()));
    write(root, names.get(2), names.get(3), draw(what.testCount(), testSeed));
    root.publishText(DONE, description);
    root.delete(STARTED);
  }

  private static void write(Directory root, String images, String labels, DigitSet set)
      throws IOException {
    int count = set.labels().length;
    IdxArray pixels = new IdxArray(new int[] {count, Digits.SIZE, Digits.SIZE}, set.images());
    IdxArray classes = new IdxArray(new int[] {count}, set.labels());
    root.publish(images + GZIP, out -> Idx.writeGzip(out, pixels));
    root.publish(labels + GZIP, out -> Idx.writeGzip(out, classes));
  }

  /** An example is a function of its seed and index, so that parts may be drawn in parallel. */
  private static DigitSet draw(int count, long seed) {
    DigitSet set =
        new DigitSet(new byte[Math.multiplyExact(count, Digits.PIXELS)], new byte[count]);
    IntStream.range(0, (count + PART - 1) / PART)
        .parallel()
        .forEach(
            part -> {
              int from = part * PART;
              int size = Math.min(PART, count - from);
              byte[] images = new byte[size * Digits.PIXELS];
              byte[] labels = new byte[size];
              Digits.fill(seed, from, images, labels);
              System.arraycopy(images, 0, set.images(), from * Digits.PIXELS, images.length);
              System.arraycopy(labels, 0, set.labels(), from, size);
            });
    return set;
  }

  private static ObjectNode describe(GenerateConfig what) {
    return JSON.createObjectNode()
        .put("kind", what.kind().name().toLowerCase(Locale.ROOT))
        .put("train_count", what.trainCount())
        .put("test_count", what.testCount())
        // As text: JSON's readers may take an integer of 64 bits as a double.
        .put("seed", Long.toString(what.seed()));
  }

  private static JsonNode read(Directory root, String name) throws IOException {
    return JSON.readTree(root.readText(name));
  }

  private static void requireSame(Directory root, GenerateConfig what) throws IOException {
    JsonNode there = read(root, DONE);
    ObjectNode wanted = describe(what);
    if (!there.equals(wanted)) {
      throw new ConfigException(
          "data.generate",
          String.format(
              "%s holds a data set that was generated with %s, and data.generate asks for %s; give"
                  + " another data.root, or delete the directory",
              root, words(there), words(wanted)));
    }
  }

  private static String words(JsonNode node) {
    StringBuilder text = new StringBuilder();
    for (String name : Arrays.asList("kind", "train_count", "test_count", "seed")) {
      text.append(text.isEmpty() ? "" : ", ").append(name).append(' ');
      text.append(node.path(name).asText("none"));
    }
    return text.toString();
  }
}
