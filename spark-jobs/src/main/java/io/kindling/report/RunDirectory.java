package io.kindling.report;

import io.kindling.checkpoint.Directory;
import java.io.IOException;
import java.util.List;
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
      List.of(SUCCESS, MODEL, METRICS, "checkpoints", "tensorboard", "report.html", CONFIG, STATUS);

  private RunDirectory() {}

  /** What was found. */
  public enum Found {
    /** Nothing, or what may be replaced without loss. */
    FREE,
    /** A complete run of the same configuration. */
    COMPLETE,
    /** A run of the same configuration that did not end well; it is replaced. */
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
   * @param configSha256 of the run that is to be written
   * @param overwrite whether what is there may be replaced
   * @throws FileAlreadyExistsException if it holds something else, and it may not
   */
  public static Found inspect(Directory directory, String configSha256, boolean overwrite)
      throws IOException {
    List<String> names = directory.names();
    RunStatus there = status(directory);
    boolean same = there != null && there.configSha256().equals(configSha256);
    if (same && directory.has(SUCCESS)) {
      return Found.COMPLETE;
    }
    boolean worthless =
        there != null && there.state() == RunStatus.State.FAILED && there.steps() == 0;
    if (same) {
      return Found.PARTIAL;
    }
    if (names.isEmpty() || worthless) {
      return Found.FREE;
    }
    if (!overwrite) {
      throw new FileAlreadyExistsException(refusal(directory, there, configSha256));
    }
    return Found.ANOTHER;
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

  private static String refusal(
      Directory directory, @Nullable RunStatus there, String configSha256) {
    String holds =
        there == null
            ? "holds files that are not of a run"
            : String.format(
                "holds the run %s of another configuration (config_sha256 %s, this one is %s)",
                there.runId(), brief(there.configSha256()), brief(configSha256));
    return directory + " " + holds + "; give another --output, or --overwrite to replace it";
  }

  private static String brief(String sha256) {
    return sha256.substring(0, Math.min(12, sha256.length()));
  }
}
