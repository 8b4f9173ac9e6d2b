package io.kindling.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kindling.checkpoint.Background;
import io.kindling.checkpoint.Checkpoints;
import io.kindling.checkpoint.Directory;
import io.kindling.conf.RunConfig;
import io.kindling.device.Scope;
import io.kindling.io.SafeTensors;
import io.kindling.report.Identity;
import io.kindling.report.RunDirectory;
import io.kindling.report.RunReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The run's checkpoints: written in the background, thinned out, taken up again. */
final class Saves {
  static final String STATE = "state.json";
  static final String TRAINING = "training.safetensors";

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private static final int MOST_WAITING = 2;

  private final Checkpoints checkpoints;
  private final RunConfig config;
  private final RunReport report;
  private final Background background;

  /** The loss on the test data by the step after which it was measured. */
  private final Map<Long, Double> losses = new ConcurrentHashMap<>();

  private final AtomicInteger waiting = new AtomicInteger();
  private boolean late;

  Saves(Directory directory, RunConfig config, RunReport report, Background background) {
    this.checkpoints = new Checkpoints(directory);
    this.config = config;
    this.report = report;
    this.background = background;
  }

  /**
   * Copies the state now and writes it later. Left out while two are waiting to be written, because
   * a step must not wait for a file and copies need memory.
   */
  void save(MasterModel master, RunState state) {
    if (waiting.get() >= MOST_WAITING) {
      if (!late) { // Once for all that are left out until one is made again.
        report.say(
            "no checkpoint after step "
                + state.counters().steps()
                + ": earlier ones are still being written");
      }
      late = true;
      return;
    }
    late = false;
    waiting.incrementAndGet();
    Snapshot copy = master.snapshot();
    background.submit(
        "the checkpoint after step " + state.counters().steps(),
        () -> {
          try {
            write(copy, state);
          } finally {
            waiting.decrementAndGet();
          }
        });
  }

  /** Writes one for certain, and waits for it. */
  void saveNow(MasterModel master, RunState state) throws IOException {
    background.await();
    write(master.snapshot(), state);
  }

  private void write(Snapshot copy, RunState state) throws IOException {
    long step = state.counters().steps();
    try (copy) {
      report.flushMetrics(); // So that the lines which the state counts are there.
      Map<String, Directory.Content> files = new LinkedHashMap<>();
      files.put(RunDirectory.MODEL, out -> RunFiles.writeModel(out, copy.model(), config));
      files.put(TRAINING, copy::writeTraining);
      byte[] json = toJson(state).getBytes(StandardCharsets.UTF_8);
      files.put(STATE, out -> out.write(json));
      checkpoints.write(step, files);
    }
    if (state.testLoss() != null) {
      losses.put(step, state.testLoss());
    }
    checkpoints.retain(kept());
  }

  private Set<Long> kept() throws IOException {
    List<Long> steps = checkpoints.steps();
    Set<Long> kept = new LinkedHashSet<>(steps.stream().limit(config.train().keepLast()).toList());
    steps.stream()
        .filter(losses::containsKey)
        .sorted(best())
        .limit(config.train().keepBest())
        .forEach(kept::add);
    return kept;
  }

  /** The lowest loss first, of equal ones the first. */
  private Comparator<Long> best() {
    return Comparator.comparing((Long step) -> Objects.requireNonNull(losses.get(step)))
        .thenComparing(Comparator.naturalOrder());
  }

  /**
   * Puts the best model that was kept in the place of the last.
   *
   * @return whether it is another
   */
  boolean loadBest(MasterModel master) throws IOException {
    Long step = checkpoints.steps().stream().filter(losses::containsKey).min(best()).orElse(null);
    if (step == null || step == report.steps()) {
      return false;
    }
    report.say("the model is the best on the test data, that after step " + step);
    load(checkpoints.at(step), master, step);
    return true;
  }

  /**
   * The state of the newest checkpoint that is whole; one that is damaged or was not finished is
   * told, passed over and deleted, because a run goes on from before it.
   *
   * @return null where there is none
   */
  @Nullable RunState newest(Identity identity) throws IOException {
    Set<Long> whole = new LinkedHashSet<>();
    RunState found = null;
    for (long step : checkpoints.unfinished()) {
      report.say(checkpoints.at(step) + " was not finished; it is not used");
    }
    for (long step : checkpoints.steps()) {
      List<String> faults = checkpoints.faults(step);
      if (!faults.isEmpty()) {
        report.say(checkpoints.at(step) + " is damaged: " + String.join("; ", faults));
        continue;
      }
      RunState state = read(checkpoints.at(step));
      if (!state.configSha256().equals(config.sha256())
          || !state.identity().differences(identity).isEmpty()) {
        report.say(checkpoints.at(step) + " is of another run");
        continue;
      }
      whole.add(step);
      if (state.testLoss() != null) {
        losses.put(step, state.testLoss());
      }
      found = found == null ? state : found;
    }
    if (found != null) {
      checkpoints.retain(whole);
    }
    return found;
  }

  /** The state of a checkpoint. */
  static RunState read(Directory at) throws IOException {
    return JSON.readValue(at.readText(STATE), RunState.class);
  }

  /** Puts the tensors of a checkpoint into the model and its optimizer. */
  void load(MasterModel master, RunState state) throws IOException {
    load(checkpoints.at(state.counters().steps()), master, state.counters().steps());
  }

  static void load(Directory at, MasterModel master, long step) throws IOException {
    try (Scope scope = Scope.open()) {
      master.restore(
          SafeTensors.read(at.open(RunDirectory.MODEL), at.resolve(RunDirectory.MODEL).toString()),
          SafeTensors.read(at.open(TRAINING), at.resolve(TRAINING).toString()),
          step);
    }
  }

  private static String toJson(RunState state) {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(state) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a state is always writable", e);
    }
  }
}
