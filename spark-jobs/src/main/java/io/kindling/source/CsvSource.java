package io.kindling.source;

import io.kindling.conf.DataConfig;
import io.kindling.core.DataException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * One CSV file a split. The driver reads it once, to count and to check; the executors read it
 * again for the shards they own.
 */
final class CsvSource implements Source {
  private final DataConfig config;
  private final Configuration hadoop;

  CsvSource(DataConfig config, Configuration hadoop) {
    this.config = config;
    this.hadoop = hadoop;
  }

  @Override
  public Examples open(Split split) throws IOException {
    boolean train = split == Split.TRAIN;
    String key = train ? "data.train_csv" : "data.test_csv";
    String file = find(key, Objects.requireNonNull(train ? config.trainCsv() : config.testCsv()));
    int columns = 0;
    int count = 0;
    try (CsvReader reader = CsvReader.open(file, hadoop)) {
      while ((config.limit() == 0 || count < config.limit()) && reader.next()) {
        requireClass(file, reader);
        columns = reader.features().length;
        count++;
      }
    }
    if (count == 0) {
      throw new DataException(file + ": no records; expected one a line, the label last").in(file);
    }
    return new Examples(count, List.of(columns), new CsvShardReader(file, columns));
  }

  private void requireClass(String file, CsvReader reader) {
    if (reader.label() >= config.classes()) {
      throw new DataException(
              String.format(
                  "%s: record %d holds the label %d; expected 0 to %d (data.classes is %d)",
                  file, reader.record(), reader.label(), config.classes() - 1, config.classes()))
          .in(file, reader.record());
    }
  }

  private String find(String key, String name) throws IOException {
    Path path = new Path(new Path(config.root()), name);
    Path qualified = path.getFileSystem(hadoop).makeQualified(path);
    if (!DataFiles.exists(qualified.getFileSystem(hadoop), qualified)) {
      throw new FileNotFoundException(
          String.format(
              "%s does not exist; set data.root to the directory that holds it, or %s to its name",
              qualified, key));
    }
    return qualified.toString();
  }
}
