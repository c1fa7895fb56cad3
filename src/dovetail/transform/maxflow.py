"""Maximum flow and minimum cut. Dinic 1970: blocking flows in layered networks."""

from __future__ import annotations

from collections import deque

UNLIMITED = 1 << 62


class Network:
    """Vertices are numbered from 0; an edge and its reverse are neighbours in the lists."""

    def __init__(self, vertices: int) -> None:
        self.edges: list[list[int]] = [[] for _ in range(vertices)]  # of each vertex
        self.heads: list[int] = []
        self.capacity: list[int] = []  # the residual capacity

    def connect(self, tail: int, head: int, capacity: int) -> None:
        for start, stop, limit in ((tail, head, capacity), (head, tail, 0)):
            self.edges[start].append(len(self.heads))
            self.heads.append(stop)
            self.capacity.append(limit)

    def maximise(self, source: int, sink: int) -> int:
        """The maximum flow; afterwards `capacity` is residual."""
        total = 0
        while (level := self._levels(source))[sink] >= 0:
            position = [0] * len(self.edges)  # edges before it lead to dead ends
            while pushed := self._augment(source, sink, level, position):
                total += pushed
        return total

    def _levels(self, source: int) -> list[int]:
        level = [-1] * len(self.edges)
        level[source] = 0
        queue = deque([source])
        while queue:
            vertex = queue.popleft()
            for edge in self.edges[vertex]:
                head = self.heads[edge]
                if self.capacity[edge] and level[head] < 0:
                    level[head] = level[vertex] + 1
                    queue.append(head)
        return level

    def _augment(self, source: int, sink: int, level: list[int], position: list[int]) -> int:
        """Push flow along one path that goes down the levels; 0 if no path is left."""
        path: list[int] = []
        vertex = source
        while vertex != sink:
            edges = self.edges[vertex]
            if position[vertex] == len(edges):  # a dead end: back, and past the edge that led here
                if not path:
                    return 0
                vertex = self.heads[path.pop() ^ 1]
                position[vertex] += 1
                continue
            edge = edges[position[vertex]]
            head = self.heads[edge]
            if self.capacity[edge] and level[head] == level[vertex] + 1:
                path.append(edge)
                vertex = head
            else:
                position[vertex] += 1
        pushed = min(self.capacity[edge] for edge in path)
        for edge in path:
            self.capacity[edge] -= pushed
            self.capacity[edge ^ 1] += pushed
        return pushed

    def sink_side(self, sink: int) -> set[int]:
        """After `maximise`: the vertices that can still reach the sink.

        Of all minimum cuts, the one around this set lies closest to the sink.
        """
        reached = {sink}
        queue = deque([sink])
        while queue:
            vertex = queue.popleft()
            for edge in self.edges[vertex]:
                tail = self.heads[edge]
                if tail not in reached and self.capacity[edge ^ 1]:
                    reached.add(tail)
                    queue.append(tail)
        return reached
