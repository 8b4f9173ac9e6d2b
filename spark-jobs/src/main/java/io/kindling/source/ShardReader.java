package io.kindling.source;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/** Reads shards in an executor; what it needs for that travels with it. */
public interface ShardReader extends Serializable {
  /** The full paths of all files that it reads: their content is what the data are known by. */
  List<String> files();

  /**
   * Reads the shards from {@code first} to before {@code end}, each with the examples that it owns.
   *
   * @throws io.kindling.core.DataException naming file and record
   */
  List<PackedShard> read(ShardPlan plan, int first, int end, Configuration hadoop)
      throws IOException;
}
