package io.kindling.data;

import io.kindling.core.Arguments;
import io.kindling.core.KindlingException;
import io.kindling.core.RandomStream;
import io.kindling.device.Scope;
import io.kindling.tensor.Generator;
import io.kindling.tensor.Tensors;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Batches of a data set. Each iterator is an epoch; with {@code shuffle} each epoch has its own
 * order, a function of the seed and the epoch alone. Random numbers that the data set draws while a
 * batch is made depend on seed, epoch and batch, so that the number of workers changes nothing.
 *
 * <pre>{@code
 * DataLoader loader = new DataLoader(dataset, DataLoader.batches(64).shuffle(true).seed(1));
 * for (Sample batch : loader) { ... }
 * }</pre>
 *
 * A batch that is made on the caller's thread belongs to the scope that is open when {@code next()}
 * is called; one made by a worker is left to the garbage collector.
 */
public final class DataLoader implements Iterable<Sample> {
  private static final long SHUFFLE = RandomStream.tag("loader.shuffle");
  private static final long DRAWS = RandomStream.tag("loader.draws");

  /**
   * How batches are made. Each method returns changed options; made by {@link #batches}.
   *
   * @param batchSize examples in a batch
   * @param shuffle a new order each epoch; the data set's own order by default
   * @param seed of the order; drawn from the default random stream where it is not given
   * @param dropLast leaves out a last batch that is not full; kept by default
   * @param workers threads that make batches ahead of their use; by default 0, which makes each
   *     when it is asked for
   */
  public record Options(
      int batchSize, boolean shuffle, @Nullable Long seed, boolean dropLast, int workers) {
    public Options {
      if (batchSize < 1 || workers < 0) {
        throw new KindlingException(
            "DataLoader: expected a batch_size of 1 or more and workers of 0 or more, got"
                + " batch_size="
                + batchSize
                + ", workers="
                + workers);
      }
    }

    public Options shuffle(boolean value) {
      return new Options(batchSize, value, seed, dropLast, workers);
    }

    public Options seed(long value) {
      return new Options(batchSize, shuffle, value, dropLast, workers);
    }

    public Options dropLast(boolean value) {
      return new Options(batchSize, shuffle, seed, value, workers);
    }

    public Options workers(int count) {
      return new Options(batchSize, shuffle, seed, dropLast, count);
    }
  }

  /** Options with a batch size and nothing else. */
  public static Options batches(int size) {
    return new Options(size, false, null, false, 0);
  }

  private final @Nullable Dataset dataset;
  private final @Nullable IterableDataset stream;
  private final Options options;
  private final long seed;
  private long epoch;

  public DataLoader(Dataset dataset, int batchSize) {
    this(dataset, batches(batchSize));
  }

  public DataLoader(Dataset dataset, Options options) {
    this(Arguments.notNull(dataset, "DataLoader", "dataset"), null, options);
  }

  /**
   * Batches of a stream, in its order.
   *
   * @throws KindlingException if the options ask for shuffling or workers
   */
  public DataLoader(IterableDataset dataset, Options options) {
    this(null, Arguments.notNull(dataset, "DataLoader", "dataset"), options);
    if (options.shuffle || options.workers > 0) {
      throw new KindlingException(
          "DataLoader with IterableDataset: expected no shuffle and no workers, got shuffle="
              + options.shuffle
              + ", workers="
              + options.workers
              + "; shuffle and read ahead inside the data set");
    }
  }

  private DataLoader(@Nullable Dataset dataset, @Nullable IterableDataset stream, Options options) {
    this.dataset = dataset;
    this.stream = stream;
    this.options = Arguments.notNull(options, "DataLoader", "options");
    Long given = options.seed;
    seed = given != null ? given : Tensors.randint(0, Long.MAX_VALUE).itemLong();
  }

  /**
   * How many batches an epoch has.
   *
   * @throws KindlingException for a stream, which does not know
   */
  public int size() {
    if (dataset == null) {
      throw new KindlingException("DataLoader: an IterableDataset has no known number of batches");
    }
    int whole = dataset.size() / options.batchSize;
    boolean rest = !options.dropLast && dataset.size() % options.batchSize != 0;
    return rest ? whole + 1 : whole;
  }

  /** The next iterator has the order of this epoch, counted from 0. */
  public void setEpoch(long value) {
    epoch = value;
  }

  /** The next epoch. */
  @Override
  public Iterator<Sample> iterator() {
    long now = epoch++;
    if (stream != null) {
      return new StreamBatches(stream.iterator(), now);
    }
    Dataset from = java.util.Objects.requireNonNull(dataset);
    int[] order = order(from.size(), now);
    IntFunction<Sample> make =
        batch -> {
          int start = batch * options.batchSize;
          int end = Math.min(order.length, start + options.batchSize);
          return drawing(now, batch, () -> from.batch(Arrays.copyOfRange(order, start, end)));
        };
    return options.workers == 0
        ? new DirectBatches(size(), make)
        : new WorkerBatches(size(), options.workers, make);
  }

  private int[] order(int size, long epoch) {
    if (options.shuffle) {
      return RandomStream.of(seed, SHUFFLE, epoch).permutation(size);
    }
    int[] order = new int[size];
    Arrays.setAll(order, i -> i);
    return order;
  }

  /** Makes a batch with a random stream of its own; what else was allocated is released. */
  private Sample drawing(long epoch, long batch, java.util.function.Supplier<Sample> make) {
    try (Scope scope = Scope.open();
        Generator.Guard guard = Generator.use(RandomStream.of(seed, DRAWS, epoch, batch))) {
      return make.get().keep(scope);
    }
  }

  /** Makes each batch when it is asked for. */
  private static final class DirectBatches implements Iterator<Sample> {
    private final int count;
    private final IntFunction<Sample> make;
    private int next;

    DirectBatches(int count, IntFunction<Sample> make) {
      this.count = count;
      this.make = make;
    }

    @Override
    public boolean hasNext() {
      return next < count;
    }

    @Override
    public Sample next() {
      if (!hasNext()) {
        throw new NoSuchElementException("the epoch has " + count + " batches");
      }
      return make.apply(next++);
    }
  }

  /** Collects a stream's examples into batches. */
  private final class StreamBatches implements Iterator<Sample> {
    private final Iterator<Sample> samples;
    private final long epoch;
    private long batch;
    private @Nullable Sample ready;

    StreamBatches(Iterator<Sample> samples, long epoch) {
      this.samples = samples;
      this.epoch = epoch;
    }

    @Override
    public boolean hasNext() {
      if (ready == null && samples.hasNext()) {
        ready = read();
      }
      return ready != null;
    }

    private @Nullable Sample read() {
      try (Scope scope = Scope.open();
          Generator.Guard guard = Generator.use(RandomStream.of(seed, DRAWS, epoch, batch++))) {
        java.util.List<Sample> parts = new java.util.ArrayList<>();
        while (parts.size() < options.batchSize && samples.hasNext()) {
          try (Scope theirs = Scope.none()) { // what the stream keeps between batches stays its own
            parts.add(samples.next());
          }
        }
        boolean full = parts.size() == options.batchSize;
        return full || !options.dropLast ? Dataset.stack(parts).keep(scope) : null;
      }
    }

    @Override
    public Sample next() {
      if (!hasNext()) {
        throw new NoSuchElementException("the stream has ended");
      }
      Sample out = java.util.Objects.requireNonNull(ready);
      ready = null;
      return out;
    }
  }
}
