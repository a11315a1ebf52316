/* The floor of benchmarks/fanout.py: a relay that does nothing but send(2) to each member of a room, in C.
 *   send_loop PORT      rooms by the path, as the other peers have them */
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
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 12000, ROOMS = 1000, BUFFER = 8192 };

typedef struct {
    int fd, room, shaken;
    size_t held;
    unsigned char buffer[BUFFER];
} Peer;

static Peer *members[ROOMS][MOST / 4];
static int counts[ROOMS];

static void relay(int room, unsigned char *payload, size_t size) {
    unsigned char frame[BUFFER];
    size_t head = size < 126 ? 2 : 4;
    frame[0] = 0x81;
    frame[1] = size < 126 ? size : 126;
    if (head == 4) frame[2] = size >> 8, frame[3] = size;
    memcpy(frame + head, payload, size);
    for (int i = 0; i < counts[room]; i++) {
        unsigned char *at = frame;
        size_t left = head + size;
        while (left) {
            ssize_t n = send(members[room][i]->fd, at, left, MSG_NOSIGNAL);
            if (n < 0 && errno == EAGAIN) continue;
            if (n < 0) break;
            at += n, left -= n;
        }
    }
}

static void cut(Peer *peer) {
    size_t at = 0;
    if (!peer->shaken) {
        unsigned char *end = memmem(peer->buffer, peer->held, "\r\n\r\n", 4);
        if (!end) return;
        const char *reply = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            "Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n\r\n"; /* of the load's one key */
        peer->room = atoi(memmem(peer->buffer, peer->held, "/r", 2) + 2);
        send(peer->fd, reply, strlen(reply), MSG_NOSIGNAL);
        members[peer->room][counts[peer->room]++] = peer;
        peer->shaken = 1;
        at = end + 4 - peer->buffer;
    }
    while (peer->held - at >= 6) {
        unsigned char *frame = peer->buffer + at;
        size_t size = frame[1] & 0x7f, head = 2;
        if (size == 126) size = frame[2] << 8 | frame[3], head = 4;
        if (peer->held - at < head + 4 + size) break;
        unsigned char *mask = frame + head, *payload = mask + 4;
        for (size_t i = 0; i < size; i++) payload[i] ^= mask[i & 3];
        relay(peer->room, payload, size);
        at += head + 4 + size;
    }
    memmove(peer->buffer, peer->buffer + at, peer->held - at);
    peer->held -= at;
}

int main(int argc, char **argv) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1, epoll = epoll_create1(0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 0)};
    inet_pton(AF_INET, "127.0.0.1", &here.sin_addr);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (void *)&here, sizeof here) || listen(listener, 4096)) return perror("listen"), 1;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    printf("ready\n");
    fflush(stdout);
    for (;;) {
        int n = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < n; i++) {
            Peer *peer = events[i].data.ptr;
            if (!peer) {
                peer = calloc(1, sizeof *peer);
                peer->fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                struct epoll_event theirs = {.events = EPOLLIN, .data.ptr = peer};
                epoll_ctl(epoll, EPOLL_CTL_ADD, peer->fd, &theirs);
                continue;
            }
            ssize_t got = recv(peer->fd, peer->buffer + peer->held, BUFFER - peer->held, 0);
            if (got == 0 || (got < 0 && errno != EAGAIN)) return 0; /* the load is over */
            if (got > 0) peer->held += got, cut(peer);
        }
    }
}
