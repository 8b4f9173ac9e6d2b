package io.kindling.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Where and how; 0 workers is a session in this process.
 *
 * @param at the forward of a process at which the accident happens
 */
record Cell(
    int workers,
    String master,
    int partitions,
    Accident accident,
    int at,
    String conf,
    Capped capped,
    List<String> modes) {

  /** The forward of a process at which most accidents happen: in the middle of an early step. */
  private static final int AT = 15;

  /** The keys that decide how a step runs and not what it gives. */
  private static final List<String> MODES =
      List.of(
          "train.sync=job reduce=driver",
          "train.sync=job reduce=sliced",
          "train.sync=resident reduce=driver",
          "train.sync=resident reduce=sliced");

  enum Accident {
    NONE,
    TASK_THROWS,
    EXECUTOR_KILLED,
    WORKER_REPLACED,
    DRIVER_KILLED,
    /** By SIGTERM; then the same command again. */
    STOPPED,
    /** Spark lets an idle executor go; another is killed and a new one comes. */
    EXECUTORS_LEAVE_AND_JOIN
  }

  /** What makes AVX2 the instruction set of a run. */
  enum Capped {
    NOTHING,
    CONFIGURATION,
    DRIVER,
    EXECUTORS
  }

  static Cell local(String master, int partitions, Accident accident) {
    return new Cell(0, master, partitions, accident, AT, "", Capped.NOTHING, MODES);
  }

  static Cell cluster(int workers, int partitions, Accident accident, String conf) {
    return new Cell(workers, "", partitions, accident, AT, conf, Capped.NOTHING, MODES);
  }

  static Cell stopped(int at, int mode) {
    return new Cell(
        2, "", 2, Accident.STOPPED, at, "", Capped.NOTHING, MODES.subList(mode, mode + 1));
  }

  static Cell capped(Capped capped, Accident accident) {
    return new Cell(2, "", 2, accident, AT, "", capped, MODES);
  }

  /** How long resident tasks wait for slots: not at all where there are too few. */
  int slotTimeout() {
    int slots = workers > 0 ? workers : master.contains("[1") ? 1 : 2;
    return partitions > slots ? 1 : 30;
  }

  /** Whether the driver is this process; one that is killed or capped cannot be. */
  boolean hasDriverHere() {
    return workers == 3 && accident != Accident.EXECUTORS_LEAVE_AND_JOIN;
  }

  String words() {
    List<String> words = new ArrayList<>();
    words.add(workers == 0 ? master : workers + " executor processes");
    words.add(partitions + " partitions");
    if (accident != Accident.NONE) {
      words.add(lower(accident) + (at == AT ? "" : " at " + at));
    }
    if (capped != Capped.NOTHING) {
      words.add("capped by " + lower(capped));
    }
    if (!conf.isEmpty()) {
      words.add(conf.replaceAll(" .*", ""));
    }
    return String.join(", ", words) + " ";
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
