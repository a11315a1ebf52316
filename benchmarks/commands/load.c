/* The load of benchmarks/commands.py: members of parties who send commands, in one thread, so that the client is never the limit.
 *
 *   load PORT MEMBERS IN_FLIGHT EVERY_MS WARM_S RUN_S CODE…
 *
 * Opens MEMBERS connections to each party, says hello as guests and waits for the welcomes. With EVERY_MS 0 each party keeps
 * IN_FLIGHT commands under way (closed loop; the members take turns; nine words to one seek), else each member says something
 * once in EVERY_MS (open loop, evenly spread). Each command has an id: its answer, and the words in everybody's frames, are
 * found by it. Prints "begin" after the warm-up, and what it saw as JSON. A refused command ends it. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 1 << 20, RING = 1 << 20, SAMPLES = 1 << 22 };

typedef struct {
    int fd, party, shaken, ready;
    size_t held;
    unsigned char *buffer; /* a page is only taken once it is written to, so a large one costs nothing */
    double next_at;
} Client;

typedef struct {
    double sent_at;
    int party, seen;
} Command;

typedef struct {
    float *ms;
    long count;
} Samples;

static Client *clients;
static Command commands[RING];
static int members, party_count, epoll;
static int *turns;
static double every;
static long next_id, answers, deliveries;
static int running;
static Samples answered, everybody;

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

static void send_text(int fd, const char *text, size_t size) {
    unsigned char frame[512];
    size_t head = 2;
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

static void command(Client *sender, double at) {
    char text[256];
    long id = next_id++;
    int size = every == 0 && id % 10 == 9
        ? snprintf(text, sizeof text, "{\"t\":\"seek\",\"position_ms\":%ld,\"id\":\"%ld\"}", id % 60000, id)
        : snprintf(text, sizeof text, "{\"t\":\"chat.send\",\"body\":\"%ld is what somebody says\",\"id\":\"%ld\"}", id, id);
    commands[id % RING] = (Command){at, sender->party, 0};
    send_text(sender->fd, text, size);
}

static void next_in(int party, double at) {
    command(clients + party * members + turns[party]++ % members, at);
}

static void sample(Samples *samples, double since) {
    if (running && samples->count < SAMPLES) samples->ms[samples->count++] = (now() - since) * 1e3;
}

static int begins(const unsigned char *data, size_t size, const char *with) {
    size_t length = strlen(with);
    return size >= length && !memcmp(data, with, length);
}

static Command *named(const unsigned char *data, size_t size, const char *field) {
    unsigned char *at = memmem(data, size, field, strlen(field));
    if (!at) return fprintf(stderr, "what is this? %.*s\n", (int)size, data), exit(1), NULL;
    return commands + atol((char *)at + strlen(field)) % RING;
}

static void got(Client *client, const unsigned char *payload, size_t size) {
    if (begins(payload, size, "{\"t\":\"ok\"")) {
        Command *it = named(payload, size, "\"id\":\"");
        answers++;
        sample(&answered, it->sent_at);
        if (every == 0) next_in(it->party, now());
    } else if (begins(payload, size, "{\"t\":\"chat\"")) {
        deliveries++;
        if (every == 0) return;
        Command *it = named(payload, size, "\"body\":\"");
        if (++it->seen == members) sample(&everybody, it->sent_at);
    } else if (begins(payload, size, "{\"t\":\"playback\"")) {
        deliveries++;
    } else if (begins(payload, size, "{\"t\":\"welcome\"")) {
        client->ready = 1;
    } else if (begins(payload, size, "{\"t\":\"error\"")) {
        fprintf(stderr, "refused: %.*s\n", (int)size, payload);
        exit(1);
    }
}

static void shake(Client *client) {
    static const char *hello = "{\"t\":\"hello\",\"guest\":\"Bench\"}";
    unsigned char *end = memmem(client->buffer, client->held, "\r\n\r\n", 4);
    if (!end) return;
    if (memcmp(client->buffer + 9, "101", 3)) fprintf(stderr, "refused: %.*s\n", (int)client->held, client->buffer), exit(1);
    client->shaken = 1;
    client->held -= end + 4 - client->buffer;
    memmove(client->buffer, end + 4, client->held);
    send_text(client->fd, hello, strlen(hello));
}

static void cut(Client *client) {
    size_t at = 0;
    if (!client->shaken) shake(client);
    while (client->shaken && client->held - at >= 2) {
        unsigned char *frame = client->buffer + at;
        size_t left = client->held - at, size = frame[1] & 0x7f, head = size < 126 ? 2 : size == 126 ? 4 : 10;
        if (left < head) break;
        if (head > 2) size = 0;
        for (size_t i = 2; i < head; i++) size = size << 8 | frame[i];
        if (left < head + size) break;
        if ((frame[0] & 0x0f) == 8) fprintf(stderr, "closed by the server: %d\n", frame[head] << 8 | frame[head + 1]), exit(1);
        got(client, frame + head, size);
        at += head + size;
    }
    memmove(client->buffer, client->buffer + at, client->held - at);
    client->held -= at;
}

static void receive(Client *client) {
    ssize_t n = recv(client->fd, client->buffer + client->held, BUFFER - client->held, 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) fail("recv");
    client->held += n;
    cut(client);
}

static void poll_once(int timeout_ms) {
    struct epoll_event events[512];
    int n = epoll_wait(epoll, events, 512, timeout_ms);
    for (int i = 0; i < n; i++) receive(events[i].data.ptr);
}

static void go(double until) {
    static int next; /* whose turn it is to speak */
    int total = party_count * members;
    for (double at = now(); at < until; at = now()) {
        poll_once(every > 0 ? 1 : 10);
        for (; every > 0 && clients[next].next_at <= now(); next = (next + 1) % total) {
            command(clients + next, clients[next].next_at); /* from when it was due: a late start is not forgiven */
            clients[next].next_at += every;
        }
    }
}

static void open_client(Client *client, int port, const char *code) {
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(port)};
    char request[512];
    int one = 1;
    inet_pton(AF_INET, "127.0.0.1", &server.sin_addr);
    client->fd = socket(AF_INET, SOCK_STREAM, 0);
    client->buffer = malloc(BUFFER);
    if (connect(client->fd, (void *)&server, sizeof server)) fail("connect");
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    int size = snprintf(request, sizeof request,
        "GET /ws/parties/%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: matinee.v1\r\n\r\n", code, port);
    write_all(client->fd, request, size);
    fcntl(client->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event);
}

static int by_size(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void tell(const char *name, Samples *samples) {
    long n = samples->count;
    qsort(samples->ms, n, sizeof *samples->ms, by_size);
    printf("\"%s\":{\"count\":%ld,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f},", name, n, n ? samples->ms[n / 2] : 0,
           n ? samples->ms[(long)(n * 0.99)] : 0, n ? samples->ms[n - 1] : 0);
}

static double cpu(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv) {
    if (argc < 8) return fprintf(stderr, "load PORT MEMBERS IN_FLIGHT EVERY_MS WARM_S RUN_S CODE...\n"), 2;
    int in_flight = atoi(argv[3]);
    double warm = atof(argv[5]), run = atof(argv[6]);
    members = atoi(argv[2]), every = atof(argv[4]) / 1e3, party_count = argc - 7, epoll = epoll_create1(0);
    int total = members * party_count, ready = 0;
    clients = calloc(total, sizeof *clients);
    turns = calloc(party_count, sizeof *turns);
    answered.ms = malloc(SAMPLES * sizeof(float)), everybody.ms = malloc(SAMPLES * sizeof(float));
    double began = now();
    for (int i = 0; i < total; i++) {
        clients[i].party = i / members;
        open_client(clients + i, atoi(argv[1]), argv[7 + i / members]);
        while (i - ready >= 32 && now() - began < 60) { /* a door lets so many in at once */
            poll_once(20);
            ready = 0;
            for (int j = 0; j <= i; j++) ready += clients[j].ready;
        }
    }
    for (ready = 0; ready < total;) {
        if (now() - began > 30) return fprintf(stderr, "only %d of %d are in\n", ready, total), 1;
        poll_once(20);
        ready = 0;
        for (int i = 0; i < total; i++) ready += clients[i].ready;
    }
    double entered = now() - began, start = now();
    for (int i = 0; i < total; i++) clients[i].next_at = start + every * i / total;
    for (int party = 0; every == 0 && party < party_count; party++)
        for (int i = 0; i < in_flight; i++) next_in(party, now());
    go(start + warm);
    printf("begin\n");
    fflush(stdout);
    running = 1, answers = deliveries = 0;
    double used = cpu();
    start = now();
    go(start + run);
    double took = now() - start;
    printf("{\"answers\":%ld,\"deliveries\":%ld,\"seconds\":%.3f,\"cpu\":%.3f,\"entered_s\":%.3f,", answers, deliveries, took,
           cpu() - used, entered);
    tell("answered", &answered);
    tell("everybody", &everybody);
    printf("\"in_flight\":%d}\n", in_flight);
    return 0;
}
