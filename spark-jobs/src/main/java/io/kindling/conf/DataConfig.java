package io.kindling.conf;

import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the examples come from and how they are cut up.
 *
 * @param format of the files
 * @param root the directory that holds them, on any Hadoop file system
 * @param trainImages a file name under {@code root}, looked for as it stands and with {@code .gz}
 * @param trainLabels likewise
 * @param testImages likewise
 * @param testLabels likewise
 * @param trainCsv with the format {@code csv}: a file name under {@code root}
 * @param testCsv likewise
 * @param shards fixed units of work that the training data is cut into; decides the result
 * @param partitions Spark partitions that carry the shards; 0 for the cluster's default
 * @param classes labels lie in {@code [0, classes)}
 * @param classNames names for reports, one a class, or empty
 * @param normalize standardises the inputs, or nothing
 * @param shape of one example as the model takes it; empty for what the files hold, channel first
 * @param generate makes the data on first use, or nothing
 * @param limit the most examples to read of each split; 0 for all
 */
public record DataConfig(
    @Key("idx") Format format,
    @Key(decides = false) String root,
    @Key(value = "train-images-idx3-ubyte", decides = false) String trainImages,
    @Key(value = "train-labels-idx1-ubyte", decides = false) String trainLabels,
    @Key(value = "t10k-images-idx3-ubyte", decides = false) String testImages,
    @Key(value = "t10k-labels-idx1-ubyte", decides = false) String testLabels,
    @Key(decides = false) @Nullable String trainCsv,
    @Key(decides = false) @Nullable String testCsv,
    @Key("8") int shards,
    @Key(value = "0", decides = false) int partitions,
    @Key("10") int classes,
    @Key(value = "[]", decides = false) List<String> classNames,
    @Nullable NormalizeConfig normalize,
    @Key("[]") List<Integer> shape,
    @Nullable GenerateConfig generate,
    @Key("0") int limit)
    implements Serializable {

  public DataConfig {
    classNames = List.copyOf(classNames);
    shape = List.copyOf(shape);
    Check.notBlank("data.root", root);
    Check.notBlank("data.train_images", trainImages);
    Check.notBlank("data.train_labels", trainLabels);
    Check.notBlank("data.test_images", testImages);
    Check.notBlank("data.test_labels", testLabels);
    Check.require(
        format == Format.IDX || (trainCsv != null && testCsv != null),
        "data.format",
        "csv needs data.train_csv and data.test_csv, the names of two files under data.root");
    Check.require(
        generate == null || format == Format.IDX,
        "data.generate",
        "makes IDX files; leave it out, or set data.format to idx");
    Check.atLeast("data.shards", 1, shards);
    Check.atLeast("data.partitions", 0, partitions);
    Check.atLeast("data.classes", 1, classes);
    Check.atLeast("data.limit", 0, limit);
    Check.eachPositive("data.shape", shape);
    Check.require(
        shape.stream().mapToDouble(Integer::doubleValue).reduce(1, (a, b) -> a * b)
            <= Integer.MAX_VALUE,
        "data.shape",
        "must hold at most 2147483647 values, got " + shape);
    Check.require(
        !root.matches("(?i)https?://.*"),
        "data.root",
        "must lie on a file system; fetch the files of "
            + Secrets.masked(root)
            + " first, onto HDFS, an object store or a disk that every executor sees");
    Check.require(
        classNames.isEmpty() || classNames.size() == classes,
        "data.class_names",
        "must name each of the " + classes + " classes (data.classes), got " + classNames.size());
  }

  /**
   * The number of partitions to use: {@link #partitions()}, or the cluster's default where that is
   * 0; never more than there are shards.
   */
  public int effectivePartitions(int defaultParallelism) {
    return Math.min(shards, Math.max(1, partitions == 0 ? defaultParallelism : partitions));
  }

  /** The format of the files. */
  public enum Format {
    /** MNIST's: a magic number, the sizes, the bytes. */
    IDX,
    /** A line an example: integers from 0 to 255, the label last. */
    CSV
  }
}
