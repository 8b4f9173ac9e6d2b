package io.kindling.failure;

import io.kindling.conf.Secrets;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where something failed, as far as it is known.
 *
 * @param partition index of the Spark partition
 * @param host of the executor
 * @param file path or URI
 * @param record index in the file, counted from 0
 */
public record Place(
    @Nullable Integer partition,
    @Nullable String host,
    @Nullable String file,
    @Nullable Long record)
    implements Serializable {

  public Place {
    file = file == null ? null : Secrets.masked(file);
  }

  /** Nothing is known. */
  public static final Place UNKNOWN = new Place(null, null, null, null);

  /** A task of a Spark job. */
  public static Place ofTask(int partition, String host) {
    return new Place(partition, host, null, null);
  }

  /** A file. */
  public static Place ofFile(String file) {
    return new Place(null, null, file, null);
  }

  /** A record of a file. */
  public static Place ofRecord(String file, long record) {
    return new Place(null, null, file, record);
  }

  /** This place, with what it does not know taken from another. */
  public Place or(Place other) {
    return new Place(
        partition == null ? other.partition : partition,
        host == null ? other.host : host,
        file == null ? other.file : file,
        record == null ? other.record : record);
  }

  /** Such as {@code partition 3, host 10.0.0.7, file x.gz, record 12}; empty when unknown. */
  @Override
  public String toString() {
    List<String> parts = new ArrayList<>();
    add(parts, "partition", partition);
    add(parts, "host", host);
    add(parts, "file", file);
    add(parts, "record", record);
    return String.join(", ", parts);
  }

  private static void add(List<String> parts, String name, @Nullable Object value) {
    if (value != null) {
      parts.add(name + " " + value);
    }
  }
}
