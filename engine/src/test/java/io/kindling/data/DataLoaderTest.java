package io.kindling.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DataException;
import io.kindling.core.KindlingException;
import io.kindling.core.MemoryException;
import io.kindling.data.DatasetTest.Squares;
import io.kindling.device.Scope;
import io.kindling.tensor.Tensors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class DataLoaderTest {
  private static List<String> epoch(DataLoader loader) {
    List<String> out = new ArrayList<>();
    for (Sample batch : loader) {
      out.add(Arrays.toString(DatasetTest.targets(batch)));
    }
    return out;
  }

  @Test
  @DisplayName("D05 batches come in order; the last may be short or left out")
  void batches() {
    DataLoader loader = new DataLoader(new Squares(5), 2);
    assertEquals(List.of("[0, 1]", "[2, 3]", "[4]"), epoch(loader));
    assertEquals(3, loader.size());
    DataLoader full = new DataLoader(new Squares(5), DataLoader.batches(2).dropLast(true));
    assertEquals(List.of("[0, 1]", "[2, 3]"), epoch(full));
    assertEquals(2, full.size());
    assertEquals(2, new DataLoader(new Squares(4), 2).size());
    Sample first = loader.iterator().next();
    assertArrayEquals(new long[] {2, 2}, first.input().shape());
    assertTrue(epoch(new DataLoader(new Squares(0), 2)).isEmpty());
  }

  @Test
  @DisplayName("D05 a shuffled order is a function of seed and epoch, and has every example once")
  void shuffled() {
    DataLoader.Options options = DataLoader.batches(4).shuffle(true).seed(3);
    DataLoader loader = new DataLoader(new Squares(10), options);
    List<String> first = epoch(loader);
    List<String> second = epoch(loader);
    assertNotEquals(first, second);
    DataLoader other = new DataLoader(new Squares(10), options);
    other.setEpoch(1);
    assertEquals(second, epoch(other));
    other.setEpoch(0);
    assertEquals(first, epoch(other));
    assertNotEquals(first, epoch(new DataLoader(new Squares(10), options.seed(4))));
    List<Long> all = new ArrayList<>();
    loader.forEach(b -> LongStream.of(DatasetTest.targets(b)).forEach(all::add));
    all.sort(null);
    assertEquals(LongStream.range(0, 10).boxed().toList(), all);
  }

  @Test
  @DisplayName("D05 without a seed the default random stream gives it")
  void defaultSeed() {
    DataLoader.Options options = DataLoader.batches(10).shuffle(true);
    Tensors.manualSeed(5);
    List<String> a = epoch(new DataLoader(new Squares(10), options));
    List<String> b = epoch(new DataLoader(new Squares(10), options));
    assertNotEquals(a, b);
    Tensors.manualSeed(5);
    assertEquals(a, epoch(new DataLoader(new Squares(10), options)));
  }

  /** Draws random numbers, sleeps differently for each example, notes its threads. */
  private static final class Noisy implements Dataset {
    final Set<String> threads = ConcurrentHashMap.newKeySet();

    @Override
    public int size() {
      return 23;
    }

    @Override
    public Sample get(int index) {
      threads.add(Thread.currentThread().getName());
      try {
        Thread.sleep((index * 7) % 3);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return new Sample(Tensors.randn(2), Tensors.tensor(index));
    }
  }

  @Test
  @DisplayName("D05 workers change neither the order nor the random numbers")
  void workers() {
    List<List<String>> runs = new ArrayList<>();
    for (int workers : new int[] {0, 1, 3}) {
      Noisy data = new Noisy();
      DataLoader loader =
          new DataLoader(data, DataLoader.batches(2).shuffle(true).seed(1).workers(workers));
      List<String> run = new ArrayList<>();
      for (int epoch = 0; epoch < 2; epoch++) {
        for (Sample b : loader) {
          run.add(b.target() + " " + Arrays.toString(b.input().toFloatArray()));
        }
      }
      runs.add(run);
      assertEquals(workers == 0, data.threads.contains(Thread.currentThread().getName()));
    }
    assertEquals(24, runs.get(0).size());
    assertEquals(runs.get(0), runs.get(1));
    assertEquals(runs.get(0), runs.get(2));
  }

  @Test
  @DisplayName("D05 an epoch left in the middle leaves no thread behind")
  void abandoned() {
    DataLoader loader = new DataLoader(new Noisy(), DataLoader.batches(2).workers(2));
    Iterator<Sample> it = loader.iterator();
    it.next();
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          while (Thread.getAllStackTraces().keySet().stream()
              .anyMatch(t -> t.getName().equals("kindling-loader"))) {
            Thread.sleep(50);
          }
        });
    assertTrue(it.hasNext());
    assertEquals(2, it.next().target().numel());
  }

  @Test
  @DisplayName("D05 the error of a data set reaches the caller, from workers too")
  void errors() {
    Dataset broken =
        new Dataset() {
          @Override
          public int size() {
            return 4;
          }

          @Override
          public Sample get(int index) {
            if (index == 2) {
              throw new DataException("example 2 is damaged");
            }
            if (index == 3) {
              throw new IllegalStateException("no such file");
            }
            return new Sample(Tensors.ones(1), Tensors.tensor(0));
          }
        };
    for (int workers = 0; workers < 2; workers++) {
      Iterator<Sample> it =
          new DataLoader(broken, DataLoader.batches(2).workers(workers)).iterator();
      it.next();
      DataException e = assertThrows(DataException.class, it::next);
      assertEquals("example 2 is damaged", e.getMessage());
      assertThrows(NoSuchElementException.class, it::next);
    }
    Iterator<Sample> it =
        new DataLoader(new Subset(broken, 3), DataLoader.batches(1).workers(1)).iterator();
    KindlingException e = assertThrows(KindlingException.class, it::next);
    assertEquals(
        "DataLoader: a worker failed: java.lang.IllegalStateException: no such file",
        e.getMessage());
  }

  @Test
  @DisplayName("D05 a batch belongs to the caller's scope; a worker's outlives it")
  void scopes() {
    for (int workers = 0; workers < 2; workers++) {
      Iterator<Sample> it =
          new DataLoader(new Squares(4), DataLoader.batches(2).workers(workers)).iterator();
      Sample batch;
      try (Scope scope = Scope.open()) {
        batch = it.next();
        assertEquals(1, batch.target().sum().itemLong());
      }
      if (workers == 0) {
        assertThrows(MemoryException.class, () -> batch.target().sum());
      } else {
        assertEquals(1, batch.target().sum().itemLong());
      }
      assertEquals(5, it.next().target().sum().itemLong());
    }
  }

  @Test
  @DisplayName("D01 a stream is read in its order, with or without a short last batch")
  void streams() {
    Squares squares = new Squares(5);
    IterableDataset stream =
        () -> LongStream.range(0, 5).mapToObj(i -> squares.get((int) i)).iterator();
    DataLoader loader = new DataLoader(stream, DataLoader.batches(2));
    assertEquals(List.of("[0, 1]", "[2, 3]", "[4]"), epoch(loader));
    assertEquals(List.of("[0, 1]", "[2, 3]", "[4]"), epoch(loader));
    assertEquals(
        List.of("[0, 1]", "[2, 3]"),
        epoch(new DataLoader(stream, DataLoader.batches(2).dropLast(true))));
    Iterator<Sample> it = loader.iterator();
    assertTrue(it.hasNext() && it.hasNext());
    it.next();
    it.next();
    it.next();
    assertFalse(it.hasNext());
    assertThrows(NoSuchElementException.class, it::next);
    KindlingException e = assertThrows(KindlingException.class, loader::size);
    assertEquals("DataLoader: an IterableDataset has no known number of batches", e.getMessage());
    e =
        assertThrows(
            KindlingException.class,
            () -> new DataLoader(stream, DataLoader.batches(2).shuffle(true)));
    assertEquals(
        "DataLoader with IterableDataset: expected no shuffle and no workers, got shuffle=true,"
            + " workers=0; shuffle and read ahead inside the data set",
        e.getMessage());
  }

  @Test
  @DisplayName("D05 sizes out of range are refused")
  void misuse() {
    KindlingException e =
        assertThrows(KindlingException.class, () -> new DataLoader(new Squares(3), 0));
    assertEquals(
        "DataLoader: expected a batch_size of 1 or more and workers of 0 or more, got batch_size=0,"
            + " workers=0",
        e.getMessage());
  }

  @Test
  @DisplayName("D05 a data set may keep tensors that it made while a batch was read")
  void lazyDataset() {
    Dataset lazy =
        new Dataset() {
          private io.kindling.tensor.Tensor cache;

          @Override
          public int size() {
            return 8;
          }

          @Override
          public Sample get(int i) {
            cache = cache == null ? Tensors.ones(8, 3) : cache;
            return new Sample(cache.get(i), Tensors.tensor(i));
          }
        };
    int batches = 0;
    for (Sample batch : new DataLoader(lazy, 4)) {
      assertEquals(12, batch.input().sum().item());
      batches++;
    }
    assertEquals(2, batches);
  }
}
