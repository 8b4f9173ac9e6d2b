package io.kindling.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.checkpoint.Directory;
import io.kindling.conf.ConfigLoader;
import io.kindling.conf.Layer;
import io.kindling.conf.RunConfig;
import io.kindling.device.Fingerprint;
import io.kindling.report.RunDirectory.Found;
import io.kindling.report.RunStatus.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The output of a run")
class RunDirectoryTest {
  private static final RunConfig RUN = config("train.seed=1");
  private static final String OURS = RUN.sha256();
  private static final String OTHER = config("train.seed=2").sha256();

  @TempDir Path dir;
  private Directory directory;

  private static RunConfig config(String... settings) {
    return ConfigLoader.load(
        List.of(
            Layer.yaml("run", "{data: {root: x}, model: {class: mlp}, optimizer: {name: sgd}}"),
            Layer.settings(List.of(settings))));
  }

  @BeforeEach
  void open() throws IOException {
    directory = Directory.of(dir.toString(), new Configuration(false));
  }

  private void leave(State state, String sha256, long steps, boolean success) throws IOException {
    RunStatus status =
        new RunStatus(
            state,
            "r1",
            sha256,
            RUN.stopSha256(),
            null,
            0,
            steps,
            null,
            0,
            Metrics.NONE,
            null,
            null,
            null,
            null,
            null,
            "then",
            "now");
    directory.publishText(RunDirectory.STATUS, status.toJson());
    directory.publishText(RunDirectory.MODEL, "model");
    if (success) {
      directory.publishText(RunDirectory.SUCCESS, "");
    }
  }

  @Test
  @DisplayName("an empty place is free")
  void empty() throws IOException {
    assertEquals(Found.FREE, RunDirectory.inspect(directory, RUN, null, false));
  }

  @Test
  @DisplayName("the same run, complete, is left alone, even where it might be replaced")
  void complete() throws IOException {
    leave(State.SUCCEEDED, OURS, 5, true);
    assertEquals(Found.COMPLETE, RunDirectory.inspect(directory, RUN, null, true));
    assertTrue(directory.has(RunDirectory.MODEL));
  }

  @Test
  @DisplayName("the same run without its marker starts again in an empty place")
  void partial() throws IOException {
    leave(State.SUCCEEDED, OURS, 5, false);
    assertEquals(Found.PARTIAL, RunDirectory.inspect(directory, RUN, null, false));
    assertTrue(directory.has(RunDirectory.MODEL), "looking changes nothing");
    RunDirectory.clear(directory);
    assertEquals(List.of(), directory.names());
  }

  @Test
  @DisplayName("another run is refused unless it may be replaced; strangers' files are kept")
  void another() throws IOException {
    leave(State.RUNNING, OTHER, 5, false);
    directory.publishText(RunDirectory.CONFIG, config("train.seed=2").toYaml());
    Files.writeString(dir.resolve("notes.txt"), "mine");
    FileAlreadyExistsException e =
        assertThrows(
            FileAlreadyExistsException.class,
            () -> RunDirectory.inspect(directory, RUN, null, false));
    assertEquals(
        directory
            + " holds the run r1, from which this one differs in train.seed (was 2, is 1); give"
            + " another --output, or --overwrite to replace it",
        e.getMessage());
    assertTrue(directory.has(RunDirectory.MODEL));
    assertEquals(Found.ANOTHER, RunDirectory.inspect(directory, RUN, null, true));
    assertTrue(directory.has(RunDirectory.MODEL));
    RunDirectory.clear(directory);
    assertEquals(List.of("notes.txt"), directory.names());
  }

  @Test
  @DisplayName("a run that failed before its first step may be replaced by any")
  void worthless() throws IOException {
    leave(State.FAILED, OTHER, 0, false);
    assertEquals(Found.FREE, RunDirectory.inspect(directory, RUN, null, false));
    leave(State.FAILED, OTHER, 1, false);
    assertThrows(
        FileAlreadyExistsException.class, () -> RunDirectory.inspect(directory, RUN, null, false));
  }

  @Test
  @DisplayName("a status is written in snake_case, without what is not known, and reads back")
  void json() {
    RunStatus status =
        new RunStatus(
            State.FAILED,
            "r1",
            OURS,
            RUN.stopSha256(),
            new Identity("m", "d", new Fingerprint("onednn", "3.11.0", "avx2")),
            1,
            2,
            null,
            3,
            new Metrics(0.5, null, null, 10.0),
            null,
            new NativeMemory("1", 2, 3, 4, 5),
            new Fingerprint("onednn", "3.11.0", "avx2"),
            null,
            new RunError("DataException", "odd", 3, "host", "file", 12L),
            "then",
            "now");
    String json = status.toJson();
    assertTrue(json.contains("\"examples_seen\" : 3"), json);
    assertTrue(json.contains("\"train_loss\" : 0.5"), json);
    assertFalse(json.contains("test_loss"), json);
    assertFalse(json.contains("weights_sha256"), json);
    assertTrue(json.contains("\"record\" : 12"), json);
    assertTrue(json.contains("\"isa\" : \"avx2\""), json);
    assertEquals(status, RunStatus.parse(json));
    assertNull(RunStatus.parse("{\"a\": 1}"));
    assertNull(RunStatus.parse("half {"));
  }
}
