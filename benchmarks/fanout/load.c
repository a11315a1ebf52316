/* The load of benchmarks/fanout.py: many websocket clients in one thread, so that the client is never the limit.
 *
 *   load PORT PATH HELLO READY MESSAGE PREFIX ROOMS MEMBERS IN_FLIGHT INTERVAL_US WARM_S RUN_S
 *
 * Opens ROOMS x MEMBERS connections (`%d` in PATH is the number of the room; or `%.*s` its code, of the codes of eight characters
 * that CODES lists in the environment, with commas between them), says HELLO on each where it is not empty and
 * waits for a frame that begins with READY. Then the members of a room take turns in sending MESSAGE. A delivery is a frame
 * that begins with PREFIX; MEMBERS of them complete a message. With INTERVAL_US 0 each room keeps IN_FLIGHT messages
 * under way (closed loop), else it sends one each interval, if the last one is complete (open loop).
 * Prints: deliveries, seconds, own CPU seconds, and with one in flight the p50, p99 and maximum of the latency in ms. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 1 << 16, SAMPLES = 4000000 };

typedef struct {
    int fd, room, shaken, ready;
    size_t held, skip;
    unsigned char *buffer;
} Client;

typedef struct {
    long deliveries, sent;
    int turn;
    double sent_at, next_at;
} Room;

static Client *clients;
static Room *rooms;
static int members, room_count, in_flight, running;
static double interval;
static const char *hello, *ready_prefix, *prefix, *message;
static long deliveries, sampled;
static float *samples;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void write_all(int fd, const void *data, size_t size) {
    const char *at = data;
    while (size) {
        ssize_t n = send(fd, at, size, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (n <= 0) fail("send");
        at += n;
        size -= n;
    }
}

static void send_text(int fd, const char *text) {
    unsigned char frame[4096];
    size_t size = strlen(text), head = 2;
    frame[0] = 0x81;
    if (size < 126) {
        frame[1] = 0x80 | size;
    } else {
        frame[1] = 0x80 | 126;
        frame[2] = size >> 8;
        frame[3] = size;
        head = 4;
    }
    memset(frame + head, 0, 4); /* the mask 0 is a mask */
    memcpy(frame + head + 4, text, size);
    write_all(fd, frame, head + 4 + size);
}

static void publish(Room *room, double at) {
    int number = room - rooms;
    Client *sender = clients + number * members + room->turn;
    room->turn = (room->turn + 1) % members;
    room->sent++;
    room->sent_at = at;
    room->next_at += interval;
    send_text(sender->fd, message);
}

static int begins(const unsigned char *data, size_t size, const char *with) {
    size_t length = strlen(with);
    return size >= length && !memcmp(data, with, length);
}

static void got(Client *client, const unsigned char *payload, size_t size) {
    if (!client->ready) {
        client->ready = begins(payload, size, ready_prefix);
        return;
    }
    if (begins(payload, size, "{\"t\":\"ping\"")) { /* our heartbeat: who says nothing for 45 s is dropped */
        send_text(client->fd, "{\"t\":\"pong\"}");
        return;
    }
    if (!running || !begins(payload, size, prefix)) return;
    Room *room = rooms + client->room;
    deliveries++;
    if (in_flight == 1 && sampled < SAMPLES) samples[sampled++] = (now() - room->sent_at) * 1e3;
    if (++room->deliveries % members == 0 && interval == 0) publish(room, now());
}

/* A frame larger than the buffer (a welcome of a full room) is judged by its beginning, and its rest skipped. */
static void cut(Client *client) {
    size_t at = 0;
    if (!client->shaken) {
        unsigned char *end = memmem(client->buffer, client->held, "\r\n\r\n", 4);
        if (!end) return;
        if (memcmp(client->buffer + 9, "101", 3)) {
            fprintf(stderr, "refused: %.*s\n", (int)client->held, client->buffer);
            exit(1);
        }
        client->shaken = 1;
        at = end + 4 - client->buffer;
        if (*hello) send_text(client->fd, hello);
        else client->ready = 1;
    }
    while (client->held - at >= 2) {
        unsigned char *frame = client->buffer + at;
        size_t left = client->held - at, size = frame[1] & 0x7f, head = 2;
        if (size == 126) {
            if (left < 4) break;
            size = frame[2] << 8 | frame[3];
            head = 4;
        } else if (size == 127) {
            if (left < 10) break;
            size = 0;
            for (int i = 2; i < 10; i++) size = size << 8 | frame[i];
            head = 10;
        }
        if ((frame[0] & 0x0f) == 8) {
            fprintf(stderr, "closed by the server: %d\n", frame[2] << 8 | frame[3]);
            exit(1);
        }
        if (left < head + size) {
            if (head + size <= BUFFER) break;
            got(client, frame + head, left - head);
            client->skip = head + size - left;
            at = client->held;
            break;
        }
        got(client, frame + head, size);
        at += head + size;
    }
    memmove(client->buffer, client->buffer + at, client->held - at);
    client->held -= at;
}

static void receive(Client *client) {
    for (;;) {
        ssize_t n = recv(client->fd, client->buffer + client->held, BUFFER - client->held, 0);
        if (n < 0 && errno == EAGAIN) return;
        if (n < 0) fail("recv");
        if (n == 0) {
            fprintf(stderr, "the server hung up\n");
            exit(1);
        }
        size_t room = BUFFER - client->held;
        if (client->skip) {
            size_t skipped = client->skip < (size_t)n ? client->skip : (size_t)n;
            memmove(client->buffer + client->held, client->buffer + client->held + skipped, n - skipped);
            client->skip -= skipped;
            client->held += n - skipped;
        } else {
            client->held += n;
        }
        cut(client);
        if ((size_t)n < room) return;
    }
}

static void poll_once(int epoll, int timeout_ms) {
    struct epoll_event events[512];
    int n = epoll_wait(epoll, events, 512, timeout_ms);
    for (int i = 0; i < n; i++) receive(events[i].data.ptr);
}

static int by_size(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void go(int epoll, double until) {
    for (double at = now(); at < until; at = now()) {
        poll_once(epoll, interval > 0 ? 0 : 10);
        if (interval == 0 || !running) continue;
        for (Room *room = rooms; room < rooms + room_count; room++)
            if (at >= room->next_at && room->deliveries >= room->sent * members) publish(room, at);
    }
}

int main(int argc, char **argv) {
    if (argc != 13) return fprintf(stderr, "12 arguments\n"), 2;
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
    const char *path = argv[2], *codes = getenv("CODES");
    hello = argv[3], ready_prefix = argv[4], message = argv[5], prefix = argv[6];
    room_count = atoi(argv[7]), members = atoi(argv[8]), in_flight = atoi(argv[9]);
    interval = atof(argv[10]) / 1e6;
    double warm = atof(argv[11]), run = atof(argv[12]);
    inet_pton(AF_INET, "127.0.0.1", &server.sin_addr);
    int total = room_count * members, epoll = epoll_create1(0), one = 1;
    clients = calloc(total, sizeof *clients);
    rooms = calloc(room_count, sizeof *rooms);
    samples = malloc(SAMPLES * sizeof *samples);
    double began = now();
    for (int i = 0; i < total; i++) {
        Client *client = clients + i;
        char request[1024], where[256];
        client->fd = socket(AF_INET, SOCK_STREAM, 0);
        client->room = i / members;
        client->buffer = malloc(BUFFER);
        if (connect(client->fd, (void *)&server, sizeof server)) fail("connect");
        setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (codes) snprintf(where, sizeof where, path, 8, codes + 9 * client->room);
        else snprintf(where, sizeof where, path, client->room);
        int size = snprintf(request, sizeof request,
            "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
            where, argv[1], *hello ? "Sec-WebSocket-Protocol: matinee.v1\r\n" : "");
        write_all(client->fd, request, size);
        fcntl(client->fd, F_SETFL, O_NONBLOCK);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
        epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event);
        if (i % 32 == 31) poll_once(epoll, 20);
    }
    for (int ready = 0; ready < total;) {
        if (now() - began > 60) return fprintf(stderr, "only %d of %d are in\n", ready, total), 1;
        poll_once(epoll, 50);
        ready = 0;
        for (int i = 0; i < total; i++) ready += clients[i].ready;
    }
    double entered = now() - began;
    go(epoll, now() + 0.5); /* what joining left behind */
    running = 1;
    double start = now();
    for (Room *room = rooms; room < rooms + room_count; room++) {
        room->next_at = start;
        for (int i = 0; i < (interval > 0 ? 0 : in_flight); i++) publish(room, now());
    }
    go(epoll, now() + warm);
    deliveries = sampled = 0;
    printf("begin\n");
    fflush(stdout);
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    start = now();
    go(epoll, start + run);
    double took = now() - start;
    long counted = deliveries;
    getrusage(RUSAGE_SELF, &after);
    double cpu = after.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_utime.tv_sec - before.ru_stime.tv_sec +
                 (after.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_utime.tv_usec - before.ru_stime.tv_usec) / 1e6;
    qsort(samples, sampled, sizeof *samples, by_size);
    float p50 = sampled ? samples[sampled / 2] : 0, p99 = sampled ? samples[(long)(sampled * 0.99)] : 0;
    printf("{\"deliveries\":%ld,\"seconds\":%.3f,\"client_cpu\":%.3f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,"
           "\"entered_s\":%.3f}\n", counted, took, cpu, p50, p99, sampled ? samples[sampled - 1] : 0, entered);
    return 0;
}
