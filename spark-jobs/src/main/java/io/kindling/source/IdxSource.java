package io.kindling.source;

import io.kindling.checkpoint.Directory;
import io.kindling.conf.DataConfig;
import io.kindling.core.DataException;
import io.kindling.data.Idx;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Images and labels in MNIST's files, plain or gzipped. The driver reads the labels, one byte each,
 * and the header of the images; the images are read by the executors.
 */
final class IdxSource implements Source {
  private final DataConfig config;
  private final Configuration hadoop;

  IdxSource(DataConfig config, Configuration hadoop) {
    this.config = config;
    this.hadoop = hadoop;
  }

  @Override
  public Examples open(Split split) throws IOException {
    refuseHalfMade();
    boolean train = split == Split.TRAIN;
    Path images =
        train
            ? find("data.train_images", config.trainImages())
            : find("data.test_images", config.testImages());
    Path labels =
        train
            ? find("data.train_labels", config.trainLabels())
            : find("data.test_labels", config.testLabels());
    int[] shape = imageShape(images);
    checkLabels(labels, images, shape[0]);
    int count = config.limit() == 0 ? shape[0] : Math.min(config.limit(), shape[0]);
    List<Integer> exampleShape = Arrays.stream(shape).skip(1).boxed().toList();
    return new Examples(
        count, exampleShape, new IdxShardReader(images.toString(), labels.toString(), shape[0]));
  }

  private void refuseHalfMade() throws IOException {
    Directory root = Directory.of(config.root(), hadoop);
    if (root.has(GeneratedData.STARTED) && !root.has(GeneratedData.DONE)) {
      throw new DataException(
          String.format(
              "%s is half-made: it holds %s, which stands there while a data set is generated; run"
                  + " generate again, with --overwrite if it asks for it",
              root, GeneratedData.STARTED));
    }
  }

  private Path find(String key, String name) throws IOException {
    Path root = new Path(config.root());
    FileSystem files = root.getFileSystem(hadoop);
    Path plain = files.makeQualified(new Path(root, name));
    Path gzipped = plain.suffix(".gz");
    for (Path path : List.of(plain, gzipped)) {
      if (DataFiles.exists(files, path)) {
        return path;
      }
    }
    throw new FileNotFoundException(
        String.format(
            "neither %s nor %s exists; set data.root to the directory that holds it, or %s to its"
                + " name",
            plain, gzipped, key));
  }

  private int[] imageShape(Path images) throws IOException {
    String name = images.toString();
    try (Idx.Reader reader = Idx.openImages(open(images), name)) {
      return reader.shape();
    } catch (DataException e) {
      throw e.in(name);
    }
  }

  private void checkLabels(Path path, Path images, int imageCount) throws IOException {
    String name = path.toString();
    byte[] labels;
    try {
      labels = Idx.readLabels(open(path), name).data();
    } catch (DataException e) {
      throw e.in(name);
    }
    if (labels.length != imageCount) {
      throw new DataException(
              String.format(
                  "%s holds %d labels and %s holds %d images; expected as many of each, do the two"
                      + " files belong together?",
                  name, labels.length, images, imageCount))
          .in(name);
    }
    for (int record = 0; record < labels.length; record++) {
      int label = labels[record] & 0xFF;
      if (label >= config.classes()) {
        throw new DataException(
                String.format(
                    "%s: record %d holds the label %d; expected 0 to %d (data.classes is %d)",
                    name, record, label, config.classes() - 1, config.classes()))
            .in(name, record);
      }
    }
  }

  private java.io.InputStream open(Path path) throws IOException {
    return path.getFileSystem(hadoop).open(path);
  }
}
