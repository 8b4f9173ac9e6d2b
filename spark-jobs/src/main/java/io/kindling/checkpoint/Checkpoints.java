package io.kindling.checkpoint;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The checkpoints of a run: directories {@code step-N}, each with its files, a {@link Manifest} and
 * a marker that is written last. What has no marker was never finished, and is no checkpoint.
 */
public final class Checkpoints {
  public static final String NAME = "checkpoints";

  private static final String MARKER = "_SUCCESS";
  private static final Pattern STEP = Pattern.compile("step-(\\d{1,18})");

  private final Directory directory;

  /** Those in the output of a run. */
  public Checkpoints(Directory output) {
    this.directory = output.child(NAME);
  }

  /** The steps after which there are complete ones, the newest first. */
  public List<Long> steps() throws IOException {
    return steps(true);
  }

  /** The steps whose checkpoint was begun and not finished, the newest first. */
  public List<Long> unfinished() throws IOException {
    return steps(false);
  }

  private List<Long> steps(boolean complete) throws IOException {
    List<Long> all =
        directory.names().stream()
            .filter(name -> STEP.matcher(name).matches())
            .map(name -> Long.parseLong(name.substring(name.indexOf('-') + 1)))
            .sorted(Comparator.reverseOrder())
            .toList();
    List<Long> steps = new ArrayList<>();
    for (long step : all) {
      if (at(step).has(MARKER) == complete) {
        steps.add(step);
      }
    }
    return steps;
  }

  /** The directory of a step's checkpoint. */
  public Directory at(long step) {
    return directory.child(name(step));
  }

  private static String name(long step) {
    return "step-" + step;
  }

  /** Writes a checkpoint over whatever is in its place. */
  public void write(long step, Map<String, Directory.Content> files) throws IOException {
    directory.delete(name(step));
    Manifest manifest = new Manifest();
    for (Map.Entry<String, Directory.Content> file : files.entrySet()) {
      manifest.publish(at(step), file.getKey(), file.getValue());
    }
    manifest.seal(at(step), MARKER);
  }

  /** What is wrong with the files of a checkpoint; empty where nothing is. */
  public List<String> faults(long step) throws IOException {
    try {
      return Manifest.read(at(step)).faults(at(step));
    } catch (FileNotFoundException e) {
      return List.of(Manifest.NAME + " is missing");
    }
  }

  /** Deletes all but these, each with its marker first. */
  public void retain(Collection<Long> keep) throws IOException {
    for (String name : directory.names()) {
      boolean kept = keep.stream().anyMatch(step -> name(step).equals(name));
      if (STEP.matcher(name).matches() && !kept) {
        directory.child(name).delete(MARKER);
        directory.delete(name);
      }
    }
  }
}
