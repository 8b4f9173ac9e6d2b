package io.kindling.report;

import io.kindling.checkpoint.Checkpoints;
import io.kindling.checkpoint.Directory;
import io.kindling.checkpoint.Lease;
import io.kindling.checkpoint.Manifest;
import io.kindling.conf.ConfigException;
import io.kindling.conf.RunConfig;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.jspecify.annotations.Nullable;

/**
 * The output of a run: its names, and who may write there. Complete is what has {@code _SUCCESS},
 * which is written last and deleted first.
 */
public final class RunDirectory {
  public static final String STATUS = "status.json";
  public static final String METRICS = "metrics.jsonl";
  public static final String CONFIG = "config.yaml";
  public static final String MODEL = "model.safetensors";
  public static final String SUCCESS = "_SUCCESS";

  /** In the order of deletion: what says that the output is complete goes first. */
  private static final List<String> OURS =
      List.of(
          SUCCESS,
          Manifest.NAME,
          MODEL,
          METRICS,
          MetricsLog.PARTS,
          Checkpoints.NAME,
          "tensorboard",
          "report.html",
          CONFIG,
          STATUS);

  private RunDirectory() {}

  /** What was found. */
  public enum Found {
    /** Nothing, or what may be replaced without loss. */
    FREE,
    /** A complete run of the same configuration that stops where this one does. */
    COMPLETE,
    /** A run of the same configuration that ended too early, or is to stop later; it goes on. */
    PARTIAL,
    /** What may be lost only because the user said so, and not before the new run can begin. */
    ANOTHER
  }

  /** The status of the run in a directory; null where there is none that can be read. */
  public static @Nullable RunStatus status(Directory directory) throws IOException {
    return directory.has(STATUS) ? RunStatus.parse(directory.readText(STATUS)) : null;
  }

  /**
   * Looks whether a run may have the directory; changes nothing.
   *
   * <p>A run of another configuration is replaced without being asked only if it failed before its
   * first step: there is nothing to lose then, and the reason was often the configuration.
   *
   * @param runId of the run that is to be written; null for any
   * @param overwrite whether what is there may be replaced
   * @throws FileAlreadyExistsException if it holds something else, and it may not; the message
   *     tells in what they differ
   */
  public static Found inspect(
      Directory directory, RunConfig config, @Nullable String runId, boolean overwrite)
      throws IOException {
    RunStatus there = status(directory);
    boolean same = there != null && there.configSha256().equals(config.sha256());
    boolean complete = directory.has(SUCCESS);
    String stop = there == null ? null : there.stopSha256();
    if (same && complete && config.stopSha256().equals(stop)) {
      return Found.COMPLETE;
    }
    boolean worthless =
        there != null && there.state() == RunStatus.State.FAILED && there.steps() == 0;
    if (worthless || (there == null && isEmpty(directory))) {
      return Found.FREE;
    }
    boolean renamed = there != null && runId != null && !runId.equals(there.runId());
    if (same && !renamed) {
      return Found.PARTIAL;
    }
    if (!overwrite) {
      throw refusal(directory, there, same ? "the name" : differences(directory, config));
    }
    return Found.ANOTHER;
  }

  /** A lease, and what a run left that was still writing while its output was deleted. */
  private static boolean isEmpty(Directory directory) throws IOException {
    return Set.of(Lease.NAME, Checkpoints.NAME, MetricsLog.PARTS).containsAll(directory.names());
  }

  /** Makes the directory where it does not exist, and deletes what a run left there. */
  public static void clear(Directory directory) throws IOException {
    List<String> names = directory.names();
    for (String name : OURS) {
      if (names.contains(name)) {
        directory.delete(name);
      }
    }
    directory.deleteTemporaries();
    directory.create();
  }

  /** Refuses to replace a run that differs in what the words say. */
  public static FileAlreadyExistsException refusal(
      Directory directory, @Nullable RunStatus there, String differences) {
    String holds =
        there == null
            ? "holds files that are not of a run"
            : "holds the run " + there.runId() + ", from which this one differs in " + differences;
    return new FileAlreadyExistsException(
        directory + " " + holds + "; give another --output, or --overwrite to replace it");
  }

  private static String differences(Directory directory, RunConfig config) throws IOException {
    List<String> keys = List.of();
    try {
      keys = directory.has(CONFIG) ? config.differences(directory.readText(CONFIG)) : List.of();
    } catch (ConfigException e) {
      // Told without the keys then: the file is not as a run wrote it.
    }
    return keys.isEmpty() ? "its configuration" : String.join(", ", keys);
  }
}
