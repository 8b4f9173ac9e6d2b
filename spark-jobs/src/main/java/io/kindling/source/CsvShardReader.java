package io.kindling.source;

import io.kindling.core.DataException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/**
 * Reads the records of a CSV file that some shards own, as one stream.
 *
 * @param file qualified
 * @param columns values an example
 */
record CsvShardReader(String file, int columns) implements ShardReader {
  @Override
  public List<String> files() {
    return List.of(file);
  }

  @Override
  public List<PackedShard> read(ShardPlan plan, int first, int end, Configuration hadoop)
      throws IOException {
    List<PackedShard> shards = new ArrayList<>(end - first);
    try (CsvReader reader = CsvReader.open(file, hadoop)) {
      reader.skip(plan.firstExample(first));
      for (int shard = first; shard < end; shard++) {
        shards.add(read(reader, shard, plan.size(shard)));
      }
    }
    return shards;
  }

  private PackedShard read(CsvReader reader, int shard, int count) throws IOException {
    byte[] features = new byte[count * columns];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      if (!reader.next()) {
        throw new DataException(
                String.format(
                    "%s: the file changed while it was in use: it ends at record %d",
                    file, reader.record()))
            .in(file);
      }
      System.arraycopy(reader.features(), 0, features, i * columns, columns);
      labels[i] = reader.label();
    }
    return new PackedShard(shard, count, new int[] {columns}, features, labels);
  }
}
